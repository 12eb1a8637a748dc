#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"

namespace lint::rules {
namespace {

using schema::kernel::KernelVersion;
using schema::kernel::SyscallEntry;

// The call on the included architectures, where none of them has it on the target's kernel; nullptr
// where one has it, or none ever did (SL302).
const SyscallEntry* NotInKernel(const Context& context, const std::string& name) {
  const SyscallEntry* absent = nullptr;
  for (const auto& part : context.policy->architectures) {
    const SyscallEntry* entry = schema::kernel::FindEntry(part.architecture, name);
    if (entry == nullptr) continue;
    if (entry->In(context.target.kernel) || !entry->syscall().implemented) return nullptr;
    if (absent == nullptr) absent = entry;
  }
  return absent;
}

bool IsDropped(const Context& context, const schema::Spanned<std::string>& name) {
  return std::ranges::any_of(context.policy->dropped, [&](const auto& dropped) {
    return dropped.name.span.begin == name.span.begin;
  });
}

// "cachestat (since 6.5)", "_sysctl (removed in 5.5)".
std::string Described(const SyscallEntry& entry, KernelVersion kernel) {
  const bool later = entry.since() > kernel;
  return std::string(entry.name()) +
         (later ? " (since " + ToString(entry.since())
                : " (removed in " + ToString(*entry.removed())) +
         ")";
}

// Once a profile: lists name the calls of many kernels.
std::vector<Finding> CheckSyscallNewerThanKernel(const Context& context) {
  if (context.policy == nullptr) return {};
  const KernelVersion kernel = context.target.kernel;
  const auto& own = schema::kernel::Facts(context.target.architecture);
  const auto* execve = schema::kernel::FindEntry(own.architecture, "execve");
  if (kernel < own.filters_since || !execve->In(kernel)) return {};  // SL201
  std::vector<std::string> words;
  std::optional<schema::Span> first;
  for (const auto& [rule, index] : AppliedRules(context)) {
    for (const auto& name : rule->AllNames()) {
      const SyscallEntry* entry = NotInKernel(context, name.value);
      if (entry == nullptr || IsDropped(context, name)) continue;  // SL303
      const std::string word = Described(*entry, kernel);
      if (std::ranges::find(words, word) != words.end()) continue;
      words.push_back(word);
      if (!first) first = name.span;
    }
  }
  if (!first) return {};
  return {{*first,
           "the target's kernel does not have " + Listed(words) +
               ": where the filter lets such a call pass, the kernel answers ENOSYS",
           {},
           {},
           {}}};
}

}  // namespace

extern const Rule kSL206{
    .id = "SL206",
    .name = "syscall-newer-than-kernel",
    .severity = Severity::kInfo,
    .summary = "A rule names a call that the target's kernel does not have yet, or no more.",
    .why =
        "Harmless, and only information, once for the profile: a profile is for many kernels. "
        "Where the rule lets the call pass, the kernel itself answers ENOSYS and the C library "
        "falls back to an older call; where the rule denies it, the call fails as the rule says.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "clone3"], "action": "SCMP_ACT_ALLOW" } ] }
--target kernel=4.19)",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "clone3"], "action": "SCMP_ACT_ALLOW" } ] }
--target kernel=5.10)",
    .source = "syscalls(2)",
    .check = &CheckSyscallNewerThanKernel,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
