#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckMissingDefaultAction(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kMissingDefaultAction);
}

}  // namespace

extern const Rule kSL103{
    .id = "SL103",
    .name = "missing-default-action",
    .severity = Severity::kError,
    .summary = "The profile does not say what the calls get that it does not name.",
    .why =
        "Runtimes refuse such a profile. Where \"syscalls\" is missing too, or empty, it is "
        "worse: Docker takes the profile for none, runs the container unconfined, and says "
        "nothing. So does runc with such a linux.seccomp of an OCI config, where crun refuses it, "
        "and so do both where there is none.",
    .bad = R"({ "syscalls": [ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source =
        "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp(); "
        "libcontainer/specconv/spec_linux.go of runc, SetupSeccomp(); src/libcrun/seccomp.c of "
        "crun, libcrun_generate_seccomp()",
    .check = &CheckMissingDefaultAction,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
