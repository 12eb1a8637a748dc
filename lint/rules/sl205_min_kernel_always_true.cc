#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/architecture.h"

namespace lint::rules {
namespace {

using schema::kernel::ArchitectureFacts;
using schema::kernel::KernelVersion;

// The oldest kernel that any profile can be loaded on.
KernelVersion FirstWithFilters() {
  return std::ranges::min(schema::kernel::Architectures(), {}, &ArchitectureFacts::filters_since)
      .filters_since;
}

std::string Reason(KernelVersion min_kernel) {
  return "minKernel " + ToString(min_kernel) + " holds on every kernel that has filters, " +
         ToString(FirstWithFilters()) + " being the first: ";
}

std::vector<Finding> CheckMinKernelAlwaysTrue(const Context& context) {
  if (context.profile == nullptr) return {};
  const KernelVersion first = FirstWithFilters();
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (rule.includes && rule.includes->min_kernel && rule.includes->min_kernel->value <= first) {
      findings.push_back(
          {rule.includes->min_kernel->span,
           Reason(rule.includes->min_kernel->value) + "the condition changes nothing",
           "remove it, or name the kernel that was meant",
           {},
           {}});
    }
    if (rule.excludes && rule.excludes->min_kernel && rule.excludes->min_kernel->value <= first) {
      findings.push_back({rule.excludes->min_kernel->span,
                          Reason(rule.excludes->min_kernel->value) +
                              "the rule is always excluded and never applies",
                          "remove the rule, or name the first kernel that it is not for",
                          {},
                          {}});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL205{
    .id = "SL205",
    .name = "min-kernel-always-true",
    .severity = Severity::kWarning,
    .summary = "A `minKernel` that every kernel with filters meets.",
    .why =
        "No kernel before Linux 3.5 has filters. Such a condition always holds: in `includes` it "
        "changes nothing, and in `excludes` it keeps the rule from ever applying. Most likely "
        "another version was meant.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "3.2" } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } } ] })",
    .source = "seccomp(2); seccomp/seccomp_linux.go of moby/profiles, setupSeccomp()",
    .check = &CheckMinKernelAlwaysTrue,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
