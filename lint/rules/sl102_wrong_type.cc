#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckWrongType(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kWrongType);
}

}  // namespace

extern const Rule kSL102{
    .id = "SL102",
    .name = "wrong-type",
    .severity = Severity::kError,
    .summary = "A value has another JSON type than its key takes.",
    .why =
        "Docker does not load the profile: \"cannot unmarshal string into Go struct field\". "
        "The container does not start.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": "execve", "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp/seccomp.go of moby/profiles, types Seccomp, Syscall, Filter and Arg",
    .check = &CheckWrongType,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
