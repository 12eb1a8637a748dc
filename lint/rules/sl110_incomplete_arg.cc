#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckIncompleteArg(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kIncompleteArg);
}

}  // namespace

extern const Rule kSL110{
    .id = "SL110",
    .name = "incomplete-arg",
    .severity = Severity::kError,
    .summary = "An argument condition has no index, no value or no operator.",
    .why =
        "Docker takes a missing index or value for 0 and says nothing, so that the condition "
        "is on another argument or number than was meant; without an operator the runtimes "
        "refuse the profile.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .source =
        "config-linux.md of the OCI runtime specification, seccomp: index, value and op are "
        "REQUIRED",
    .check = &CheckIncompleteArg,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
