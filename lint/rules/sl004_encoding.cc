#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckEncoding(const Context& context) {
  return FromReader(context, schema::json::ProblemKind::kEncoding);
}

}  // namespace

extern const Rule kSL004{
    .id = "SL004",
    .name = "encoding",
    .severity = Severity::kError,
    .summary = "The file is not UTF-8, or begins with a byte order mark.",
    .why =
        "JSON is UTF-8 without a byte order mark: Docker refuses a file that begins with one, as "
        "some editors on Windows write it. Bytes that are no UTF-8 it replaces in silence, so "
        "that a name is not the one that was written.",
    // Not a raw string: the byte order mark is to be seen here.
    .bad = "\xEF\xBB\xBF{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" })",
    .source = "RFC 8259, section 8.1; encoding/json of Go, Unmarshal: invalid UTF-8 is replaced",
    .check = &CheckEncoding,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
