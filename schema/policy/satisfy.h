// Whether some arguments meet a conjunction of comparisons: decided exactly, with a witness.
// Conditions of rules and the branches of a BPF program are both such comparisons.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
// variable below 2^`bits`; std::nullopt where none do. Exact: each comparison runs as an automaton
// of three states (equal so far, less, greater) over the bits from the most significant down, and
// all of them are searched together, every set of states once.
std::optional<std::vector<std::uint64_t>> FindValues(std::span<const Comparison> comparisons,
                                                     std::size_t variables, unsigned bits);

}  // namespace schema::policy
