#include "schema/policy/unnamed.h"

#include <set>

#include "schema/kernel/syscall.h"

namespace schema::policy {

CallNames NamedCalls(const ArchitecturePolicy* one, const ArchitecturePolicy* other) {
  CallNames names;
  for (const ArchitecturePolicy* part : {one, other}) {
    if (part == nullptr) continue;
    for (const CallPolicy& call : part->calls) names.emplace(call.number, call.name);
  }
  return names;
}

std::vector<NumberRange> NumberRanges(const ArchitecturePolicy* one,
                                      const ArchitecturePolicy* other) {
  const kernel::Architecture architecture = (one != nullptr ? one : other)->architecture;
  NumberRange rest{0, kernel::kCancelledCall - 1};
  if (architecture == kernel::Architecture::kX86_64) rest.last = kernel::kX32Bit - 1;
  if (architecture == kernel::Architecture::kX32) rest.first = kernel::kX32Bit;
  std::set<std::uint32_t> horizons;
  for (const ArchitecturePolicy* part : {one, other}) {
    if (part != nullptr && part->horizon) horizons.insert(*part->horizon);
  }
  std::vector<NumberRange> ranges;
  for (const std::uint32_t horizon : horizons) {
    if (horizon < rest.first || horizon >= rest.last) continue;
    ranges.push_back({rest.first, horizon});
    rest.first = horizon + 1;
  }
  ranges.push_back(rest);
  return ranges;
}

std::optional<std::uint32_t> FindUnnamed(kernel::Architecture architecture, NumberRange range,
                                         const CallNames& names) {
  for (const kernel::SyscallEntry& entry : kernel::SyscallEntries(architecture)) {
    const bool within = entry.number >= range.first && entry.number <= range.last;
    if (within && !names.contains(entry.number)) return entry.number;
  }
  std::uint32_t number = range.first;
  while (names.contains(number) && number < range.last) ++number;
  return names.contains(number) ? std::nullopt : std::optional(number);
}

}  // namespace schema::policy
