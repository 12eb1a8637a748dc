#include "lint/rules/rule.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/filter_flag.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckFlagNeedsKernel(const Context& context) {
  // A kernel without any filters is SL201's.
  const auto& architecture = schema::kernel::Facts(context.target.architecture);
  if (context.profile == nullptr || context.target.kernel < architecture.filters_since) return {};
  std::vector<Finding> findings;
  for (const auto& name : context.profile->flags) {
    const auto* flag = schema::kernel::FindFilterFlag(name.value);
    if (flag == nullptr || flag->since <= context.target.kernel) continue;
    findings.push_back({name.span,
                        name.value + " needs Linux " + ToString(flag->since) +
                            ", the target's kernel is older: it refuses the filter, and runc does "
                            "not start the container, while crun drops all flags in silence",
                        "remove the flag, or raise the kernel that the profile is for",
                        {},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL203{
    .id = "SL203",
    .name = "flag-needs-kernel",
    .severity = Severity::kError,
    .summary = "A flag that the target's kernel does not have.",
    .why =
        "TSYNC came with Linux 3.17, LOG with 4.14, SPEC_ALLOW with 4.17, NEW_LISTENER with 5.0, "
        "TSYNC_ESRCH with 5.7 and WAIT_KILLABLE_RECV with 5.19. An older kernel refuses the filter "
        "with EINVAL. crun then loads it without any flag, runc gives up.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "flags": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] }
--target kernel=4.9)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target kernel=4.9)",
    .source = "seccomp(2); src/libcrun/seccomp.c of crun, libcrun_apply_seccomp()",
    .check = &CheckFlagNeedsKernel,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
