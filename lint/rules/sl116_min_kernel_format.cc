#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckMinKernelFormat(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kMinKernelFormat);
}

}  // namespace

extern const Rule kSL116{
    .id = "SL116",
    .name = "min-kernel-format",
    .severity = Severity::kError,
    .summary = "`minKernel` is no kernel version of the form \"4.8\".",
    .why =
        "Docker does not load the profile. It compares the first two numbers of the running "
        "kernel's release, nothing else.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8.0" } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } } ] })",
    .source = "seccomp/seccomp.go of moby/profiles, KernelVersion.UnmarshalJSON()",
    .check = &CheckMinKernelFormat,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
