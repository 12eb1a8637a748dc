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
    .summary = "The file is not JSON; or it is named as YAML, and is none.",
    .why =
        "No engine loads it: the container does not start. JSON has no comments, no trailing "
        "commas and no single quotes. YAML is no template yet, and has no tabs.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [], })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [] })",
    .source = "RFC 8259; YAML 1.1, which Kubernetes reads",
    .check = &CheckJsonSyntax,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
