// .seccomp-lint.json and baselines: each text is read, or refused with a place in it.

#include <charconv>
#include <string>
#include <string_view>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "lint/engine/baseline.h"
#include "lint/engine/config.h"
#include "lint/report/baseline.h"
#include "schema/kernel/target.h"

namespace {

using lint::engine::Baseline;
using lint::engine::Config;

// "NAME:LINE:COLUMN: MESSAGE", the place in the text.
void CheckError(const schema::Error& error, std::string_view name, std::string_view text) {
  std::string_view rest = error.message;
  REQUIRE(error.code == schema::ErrorCode::kInvalid && rest.starts_with(name));
  rest.remove_prefix(name.size());
  std::size_t place[2] = {0, 0};
  for (std::size_t& number : place) {
    REQUIRE(rest.starts_with(':'));
    const auto [end, failure] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
    REQUIRE(failure == std::errc() && number >= 1);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  const schema::Position last = schema::Locate(text, text.size());
  REQUIRE(place[0] <= last.line && (place[0] < last.line || place[1] <= last.column));
  REQUIRE(rest.starts_with(": ") && rest.size() > 2);
}

// Blanks stand where comments stood, all else stands where it was.
void CheckBlanks(const std::string& text) {
  const auto blank = lint::engine::BlankComments("c", text);
  if (!blank) return CheckError(blank.error(), "c", text);
  REQUIRE(blank->size() == text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    REQUIRE((*blank)[i] == text[i] || ((*blank)[i] == ' ' && text[i] != '\n'));
  }
  const auto again = lint::engine::BlankComments("c", *blank);
  REQUIRE(again && *again == *blank);
}

void CheckConfig(const std::string& text) {
  const auto config = lint::engine::ParseConfig("folder/c", text);
  if (!config) return CheckError(config.error(), "folder/c", text);
  REQUIRE(config->folder.ends_with("/folder"));
  for (const char* path : {"a.json", "profiles/b/c.json", ""}) {
    const auto changes = config->For(path);
    REQUIRE(!changes.empty() && changes.front() == &config->changes);
    for (const auto* change : changes) {
      for (const std::string& target : change->targets) {
        REQUIRE(schema::kernel::ParseTargets(target, {}));
      }
      for (const std::string& rule : change->select) REQUIRE(lint::engine::FindRules(rule));
      for (const std::string& rule : change->ignore) REQUIRE(lint::engine::FindRules(rule));
    }
  }
}

// What is written is read again as it was.
void CheckBaseline(const std::string& text) {
  const auto baseline = Baseline::Parse("b", text);
  if (!baseline) return CheckError(baseline.error(), "b", text);
  const std::string written = lint::report::BaselineText(*baseline);
  const auto again = Baseline::Parse("b", written);
  REQUIRE(again && lint::report::BaselineText(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::AsText(data, size));
  CheckBlanks(text);
  CheckConfig(text);
  CheckBaseline(text);
  return 0;
}
