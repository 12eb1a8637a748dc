// The numbers that no rule names, where the default or the horizon decides.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/kernel/architecture.h"
#include "schema/policy/policy.h"

namespace schema::policy {

using CallNames = std::map<std::uint32_t, std::string_view>;  // by number

// The calls that a rule of either part names. nullptr: a policy without this architecture; not
// both. The parts must outlive the result.
CallNames NamedCalls(const ArchitecturePolicy* one, const ArchitecturePolicy* other);

struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

// The numbers of the architecture but kernel::kCancelledCall, of which the default decides whatever
// the horizon, and which no rule can name; cut behind each horizon: within a range a policy gives
// all numbers that it does not name the same.
std::vector<NumberRange> NumberRanges(const ArchitecturePolicy* one,
                                      const ArchitecturePolicy* other);

// A number in the range without a name: a call of Linux if there is one.
std::optional<std::uint32_t> FindUnnamed(kernel::Architecture architecture, NumberRange range,
                                         const CallNames& names);

}  // namespace schema::policy
