#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckKernelWithoutFilters(const Context& context) {
  // Of the target's own architecture alone: a filter for its 32-bit ABI came with it.
  const auto& facts = schema::kernel::Facts(context.target.architecture);
  if (context.profile == nullptr || context.target.kernel >= facts.filters_since) return {};
  return {{Opening(context.profile->span),
           "the target's kernel has no seccomp filters, which Linux has on " +
               std::string(facts.name) + " since " + ToString(facts.filters_since) +
               ": no engine can apply a profile there",
           "name a newer kernel, or run the container without a profile",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL201{
    .id = "SL201",
    .name = "kernel-without-filters",
    .severity = Severity::kError,
    .summary = "The target's kernel has no seccomp filters.",
    .why =
        "Filters came with Linux 3.5 on x86 and later elsewhere: with 3.8 on arm and s390, 3.16 on "
        "mips, 3.19 on arm64, 4.3 on ppc, 4.6 on parisc, 5.5 on riscv64, 5.9 on sh, 5.19 on "
        "loongarch64 and 6.3 on m68k. On an older kernel a container with a profile does not "
        "start, or runs without its filter.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target arch=riscv64,kernel=5.4)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target arch=riscv64,kernel=5.10)",
    .source = "seccomp(2); HAVE_ARCH_SECCOMP_FILTER in arch/*/Kconfig of Linux",
    .check = &CheckKernelWithoutFilters,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
