#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckJsonSyntax(const Context& context) {
  return FromReader(context, schema::json::ProblemKind::kSyntax);
}

}  // namespace

extern const Rule kSL001{
    .id = "SL001",
    .name = "json-syntax",
    .severity = Severity::kError,
    .summary = "The file is not JSON.",
    .why =
        "No engine loads it: the container does not start. JSON has no comments, no trailing "
        "commas and no single quotes.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [], })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [] })",
    .source = "RFC 8259",
    .check = &CheckJsonSyntax,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
