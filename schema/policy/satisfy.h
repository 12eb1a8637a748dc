// Whether some arguments meet a conjunction of comparisons: decided exactly, with a witness.
// Conditions of rules and the branches of a BPF program are both such comparisons.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "schema/error.h"

namespace schema::policy {

enum class Relation : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

Relation Opposite(Relation relation);

// (variable & mask) RELATION value, unsigned, over 64-bit variables.
struct Comparison {
  std::uint8_t variable = 0;
  Relation relation = Relation::kEqual;
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;
};

// The least values of variables 0..`variables`-1 that meet every one of `comparisons`, each
// variable below 2^`bits`; std::nullopt where none do. Exact: bits are fixed one by one from the
// most significant down, and each comparison fixes those that follow (satisfy.cc).
// Takes time polynomial in the comparisons where all that are not equalities compare the whole
// variable, as the conditions of a rule do. Many masked inequalities of one variable, which is what
// rules that do not match and BPF's JSET make, can say any formula of Boolean logic over 64 bits:
// no method is known that is fast with all of these. Where a profile or program may be hostile, use
// the bounded form below.
std::optional<std::vector<std::uint64_t>> FindValues(std::span<const Comparison> comparisons,
                                                     std::size_t variables, unsigned bits);

// The same within `steps` (one: a look at one comparison, some nanoseconds), which are taken off.
// Errors: kLimit, not decided within them: neither an answer nor its opposite.
Result<std::optional<std::vector<std::uint64_t>>> FindValues(
    std::span<const Comparison> comparisons, std::size_t variables, unsigned bits,
    std::size_t& steps);

}  // namespace schema::policy
