// Symbolic execution of a classic BPF program: every path from its beginning to a return.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "schema/error.h"
#include "schema/filter/interval_set.h"
#include "schema/policy/satisfy.h"

namespace schema::filter {

// The variables of a path's comparisons: the six arguments and the instruction pointer.
inline constexpr std::size_t kVariables = 7;
inline constexpr std::uint8_t kInstructionPointer = 6;

// What the calls that take one path have in common, and what the program returns for them. Some
// call does take it: none of the three parts is contradictory.
struct Path {
  IntervalSet architectures = IntervalSet::All();  // audit tokens
  IntervalSet numbers = IntervalSet::All();
  std::vector<policy::Comparison> comparisons;
  std::uint32_t ret = 0;
};

// Calls `visit` with each path, until it returns false. `big_endian`: the order of an argument's
// words. Errors: kInvalid, the kernel would refuse the program; kUnsupported, it calculates with
// what it loads beyond masking; kLimit, more than `max_paths`.
Status ForEachPath(std::span<const sock_filter> program, bool big_endian, std::size_t max_paths,
                   const std::function<bool(const Path&)>& visit);

}  // namespace schema::filter
