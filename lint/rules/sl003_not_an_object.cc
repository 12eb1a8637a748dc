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
    .summary =
        "The file holds no profile: JSON that is no object, or YAML without a SeccompProfile.",
    .why =
        "A profile is one object with \"defaultAction\" and \"syscalls\". Docker refuses a list "
        "or a string as a profile, and takes null for a profile without content: the "
        "container runs unconfined. Of YAML files engines read none; the SeccompProfile resources of "
        "the security-profiles-operator are checked in them.",
    .bad = R"([ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ])",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp/seccomp.go of moby/profiles, type Seccomp; LoadProfile()",
    .check = &CheckNotAnObject,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
