// YAML: every text is read or refused within the bounds; places lie in the text and quote what is
// there; findings point into the file; a string that is said to need no quotes is read as itself.

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "lint/engine/engine.h"
#include "lint/report/json.h"
#include "lint/report/text.h"
#include "schema/json/reader.h"
#include "schema/yaml/reader.h"
#include "schema/yaml/scalar.h"

namespace {

using schema::Span;
using schema::json::Kind;
using schema::json::ReadResult;
using schema::json::Value;

struct Sum {
  std::size_t values = 0;
  std::size_t depth = 0;
};

void CheckSpan(Span span, std::string_view text) {
  REQUIRE(span.begin <= span.end && span.end <= text.size());
}

// What an alias repeats stands elsewhere: places need not nest.
void CheckValue(const Value& value, std::string_view text, std::size_t depth, Sum& sum) {
  REQUIRE(++sum.values <= schema::json::kMaxValues);
  REQUIRE(depth <= schema::json::kMaxDepth + 2);  // the array of documents, and a scalar at the end
  CheckSpan(value.span, text);
  if (value.kind == Kind::kBoolean || value.kind == Kind::kNumber) {
    REQUIRE(value.span.end > value.span.begin);
  }
  for (const Value& item : value.items) CheckValue(item, text, depth + 1, sum);
  for (const auto& member : value.members) {
    CheckSpan(member.key.span, text);
    CheckValue(member.value, text, depth + 1, sum);
  }
}

void CheckScalar(const std::string& text) {
  if (schema::yaml::NeedsQuotes(text)) return;
  const ReadResult read = schema::yaml::Read("- " + text + "\n");
  REQUIRE(read.valid && read.document.root.items.size() == 1);
  REQUIRE(read.document.root.items[0].kind == Kind::kString);
  REQUIRE(read.document.root.items[0].text == text);
}

void CheckReports(const std::string& text) {
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  lint::engine::Options options{{target}, {}};
  options.all_forms = true;
  const auto report = lint::engine::Check("fuzz.yaml", text, options);
  for (const auto* list : {&report.reports, &report.suppressed}) {
    for (const auto& finding : *list) {
      CheckSpan(finding.span, text);
      REQUIRE(!finding.fix);
    }
  }
  for (const auto& note : report.notes) CheckSpan(note.span, text);
  REQUIRE(!lint::report::Text(report, TargetsOf(report, options), {}).empty() ||
          (report.reports.empty() && report.notes.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ReadResult result = schema::yaml::Read(text);
  REQUIRE(result.document.text == text);
  for (const auto& problem : result.problems) {
    CheckSpan(problem.span, text);
    for (const auto& related : problem.related) CheckSpan(related.span, text);
    REQUIRE(!problem.message.empty());
  }
  REQUIRE(result.valid || !result.problems.empty());
  for (const Span comment : result.document.comments) {
    CheckSpan(comment, text);
    REQUIRE(text[comment.begin] == '#');
  }
  if (result.valid) {
    // The array of documents is not one of the values.
    Sum sum;
    for (const Value& document : result.document.root.items) CheckValue(document, text, 1, sum);
    for (const auto& member : result.document.root.members) {
      CheckValue(member.value, text, 1, sum);
    }
  }
  CheckScalar(text);
  CheckReports(text);
  return 0;
}
