// Everything that the linter does with a file: parse, resolve for several targets, every rule,
// every report.

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "lint/engine/engine.h"
#include "lint/report/format.h"

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

// Harmless to a terminal, and JSON where it says so.
void CheckReport(const lint::report::Format& format, const std::string& text) {
  constexpr std::array<std::string_view, 3> kJson = {"json", "sarif", "gitlab"};
  REQUIRE(!text.empty() || format.name == "github");
  for (const char c : text) {
    REQUIRE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
  }
  if (std::ranges::find(kJson, format.name) == kJson.end()) return;
  boost::json::error_code error;
  (void)boost::json::parse(text, error);
  REQUIRE(!error);
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
  // Two of the formats for each input: all of them take longer than all that is before.
  const auto formats = lint::report::Formats();
  for (const std::size_t i : {std::size_t{0}, size}) {
    const lint::report::Format& format = *formats[i % formats.size()];
    CheckReport(format, lint::report::Render(format, {&file, 1}, options.targets, {}));
  }
  return 0;
}
