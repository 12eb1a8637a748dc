// Symbolic execution of a classic BPF program: every path from its beginning to a return.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "schema/error.h"
#include "schema/filter/budget.h"
#include "schema/filter/interval_set.h"
#include "schema/policy/satisfy.h"

namespace schema::filter {

// The variables of a path's comparisons: the six arguments, the instruction pointer, and, where the
// program looks at some bits of them, the number and the architecture.
inline constexpr std::size_t kVariables = 9;
inline constexpr std::uint8_t kInstructionPointer = 6;
inline constexpr std::uint8_t kNumber = 7;
inline constexpr std::uint8_t kArchitecture = 8;

// What the calls that take one path have in common, and what the program returns for them. Neither
// set is empty, and some values meet the comparisons; where these speak of the number or the
// architecture too (`compares_sets`), perhaps none that are in the sets.
struct Path {
  IntervalSet architectures = IntervalSet::All();  // audit tokens
  IntervalSet numbers = IntervalSet::All();
  std::vector<policy::Comparison> comparisons;
  bool compares_sets = false;
  std::uint32_t ret = 0;
};

// Values with the comparisons, as policy::FindValues() finds them, within the budget.
Result<std::optional<std::vector<std::uint64_t>>> FindValues(
    std::span<const policy::Comparison> comparisons, Budget& budget);

// Calls `visit` with each path that calls of architectures of one byte order take, until it returns
// false. No two paths have a call in common. `program` has passed CheckProgram(). Errors:
// kUnsupported, a jump or a return depends on what a Symbol does not hold (both instructions are
// named); kLimit, the budget is spent.
Status ForEachPath(std::span<const sock_filter> program, bool big_endian, Budget& budget,
                   const std::function<bool(const Path&)>& visit);

}  // namespace schema::filter
