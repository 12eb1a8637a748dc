#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckKernelWithoutFilters(const Context& context) {
  // Of the target's own architecture alone: a filter for its 32-bit ABI came with it.
  const auto& facts = schema::kernel::Facts(context.target.architecture);
  if (context.profile == nullptr) return {};
  const auto* execve = schema::kernel::FindEntry(context.target.architecture, "execve");
  if (execve->removed() && *execve->removed() <= context.target.kernel) {
    return {{Opening(context.profile->span),
             "the target's kernel has the architecture no more: no program of it runs there",
             "name an older kernel, or the architecture that has taken its place",
             {},
             {}}};
  }
  if (context.target.kernel >= facts.filters_since) return {};
  return {{Opening(context.profile->span),
           "the target's kernel has no seccomp filters on its architecture: no engine can apply a "
           "profile there",
           "name a newer kernel (seccomp-lint explain SL201 tells since when each architecture has "
           "them), or run the container without a profile",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL201{
    .id = "SL201",
    .name = "kernel-without-filters",
    .severity = Severity::kError,
    .summary = "The target's kernel has no seccomp filters, or its architecture no more.",
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
