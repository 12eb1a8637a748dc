#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckUnknownAction(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kUnknownAction);
}

}  // namespace

extern const Rule kSL104{
    .id = "SL104",
    .name = "unknown-action",
    .severity = Severity::kError,
    .summary = "An action is none of libseccomp's, or a rule has none.",
    .why =
        "runc and crun refuse the profile when the container starts. There is no "
        "SCMP_ACT_DENY: a call is denied with SCMP_ACT_ERRNO, which returns an error, or "
        "SCMP_ACT_KILL_PROCESS.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [ { "names": ["ptrace"], "action": "SCMP_ACT_DENY" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [ { "names": ["ptrace"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source =
        "seccomp_rule_add(3); libcontainer/seccomp/config.go of runc, "
        "ConvertStringToAction()",
    .check = &CheckUnknownAction,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
