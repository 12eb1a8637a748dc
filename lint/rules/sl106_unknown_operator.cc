#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckUnknownOperator(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kUnknownOperator);
}

}  // namespace

extern const Rule kSL106{
    .id = "SL106",
    .name = "unknown-operator",
    .severity = Severity::kError,
    .summary = "The comparison of an argument condition is none of libseccomp's.",
    .why = "runc and crun refuse the profile when the container starts.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQUAL" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .source =
        "seccomp_rule_add(3); libcontainer/seccomp/config.go of runc, "
        "ConvertStringToOperator()",
    .check = &CheckUnknownOperator,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
