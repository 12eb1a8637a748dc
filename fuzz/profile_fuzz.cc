// Everything that the linter does with a file: parse, resolve for several targets, every rule, the
// text and the JSON report.

#include <cstdint>
#include <string>

#include "fuzz/require.h"
#include "lint/engine/engine.h"
#include "lint/report/json.h"
#include "lint/report/text.h"

namespace {

lint::engine::Options AllRulesOnSeveralTargets() {
  lint::engine::Options options;
  for (const char* text : {"arch=x86_64,kernel=6.1,caps=docker,engine=isolator",
                           "arch=x86_64,kernel=4.4,caps=none,engine=docker",
                           "arch=s390x,kernel=5.10,caps=all,engine=mesos"}) {
    options.targets.push_back(*schema::kernel::ParseTarget(text, {}));
  }
  REQUIRE(options.selection.Select("all"));
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const lint::engine::Options options = AllRulesOnSeveralTargets();
  const auto file = lint::engine::Check(
      "fuzz.json", std::string(reinterpret_cast<const char*>(data), size), options);
  for (const auto& report : file.reports) {
    REQUIRE(report.span.begin <= report.span.end && report.span.end <= size);
    REQUIRE(!report.message.empty() && !report.targets.empty());
    for (const auto& related : report.related) {
      REQUIRE(related.span.begin <= related.span.end && related.span.end <= size);
    }
  }
  const std::string text = lint::report::Text(file, options.targets, {});
  for (const char c : text)
    REQUIRE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
  REQUIRE(!lint::report::Json({&file, 1}, options.targets, "0").empty());
  return 0;
}
