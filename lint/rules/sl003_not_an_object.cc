#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckNotAnObject(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kNotAnObject);
}

}  // namespace

extern const Rule kSL003{
    .id = "SL003",
    .name = "not-an-object",
    .severity = Severity::kError,
    .summary = "The file holds JSON, but no object.",
    .why =
        "A profile is one object with \"defaultAction\" and \"syscalls\". Docker refuses a list "
        "or a string as a profile, and takes null for a profile without content: the "
        "container runs unconfined.",
    .bad = R"([ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ])",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp/seccomp.go of moby/profiles, type Seccomp; LoadProfile()",
    .check = &CheckNotAnObject,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
