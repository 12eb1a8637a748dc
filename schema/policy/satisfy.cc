#include "schema/policy/satisfy.h"

#include <set>
#include <string>
#include <utility>

namespace schema::policy {
namespace {

// How the bits read so far compare; char, so that a set of states is a string.
enum State : char { kEqualSoFar = '=', kIsLess = '<', kIsGreater = '>', kMet = '.' };

bool Holds(Relation relation, State state) {
  switch (relation) {
    case Relation::kEqual:
      return state == kEqualSoFar;
    case Relation::kNotEqual:
      return state != kEqualSoFar;
    case Relation::kLess:
      return state == kIsLess;
    case Relation::kLessOrEqual:
      return state != kIsGreater;
    case Relation::kGreater:
      return state == kIsGreater;
    case Relation::kGreaterOrEqual:
      return state != kIsLess;
  }
  return false;
}

// The search over the bits of one variable.
class Search {
 public:
  Search(std::vector<Comparison> comparisons, unsigned bits)
      : comparisons_(std::move(comparisons)), bits_(bits) {}

  std::optional<std::uint64_t> Least() {
    std::string states(comparisons_.size(), kEqualSoFar);
    // Bits beyond the variable's are zero.
    for (unsigned bit = 64; bit-- > bits_;) {
      if (!Step(states, bit, false)) return std::nullopt;
    }
    std::uint64_t value = 0;
    if (!Descend(states, bits_, value)) return std::nullopt;
    return value;
  }

 private:
  // Goes on by one bit; false where a comparison can no longer hold.
  bool Step(std::string& states, unsigned bit, bool one) const {
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (states[i] != kEqualSoFar) continue;
      const Comparison& comparison = comparisons_[i];
      const bool masked = one && ((comparison.mask >> bit) & 1U) != 0;
      const bool wanted = ((comparison.value >> bit) & 1U) != 0;
      if (masked == wanted) continue;
      // Decided: what holds need not be told apart any more, which keeps the sets of states few.
      if (!Holds(comparison.relation, masked ? kIsGreater : kIsLess)) return false;
      states[i] = kMet;
    }
    return true;
  }

  bool Descend(const std::string& states, unsigned bits_left, std::uint64_t& value) {
    if (bits_left == 0) {
      for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i] != kMet && !Holds(comparisons_[i].relation, kEqualSoFar)) return false;
      }
      return true;
    }
    if (failed_.contains({bits_left, states})) return false;
    const unsigned bit = bits_left - 1;
    for (const bool one : {false, true}) {
      std::string next = states;
      if (!Step(next, bit, one) || !Descend(next, bit, value)) continue;
      if (one) value |= std::uint64_t{1} << bit;
      return true;
    }
    failed_.emplace(bits_left, states);
    return false;
  }

  std::vector<Comparison> comparisons_;
  unsigned bits_;
  std::set<std::pair<unsigned, std::string>> failed_;
};

}  // namespace

Relation Opposite(Relation relation) {
  switch (relation) {
    case Relation::kEqual:
      return Relation::kNotEqual;
    case Relation::kNotEqual:
      return Relation::kEqual;
    case Relation::kLess:
      return Relation::kGreaterOrEqual;
    case Relation::kLessOrEqual:
      return Relation::kGreater;
    case Relation::kGreater:
      return Relation::kLessOrEqual;
    case Relation::kGreaterOrEqual:
      return Relation::kLess;
  }
  return relation;
}

std::optional<std::vector<std::uint64_t>> FindValues(std::span<const Comparison> comparisons,
                                                     std::size_t variables, unsigned bits) {
  std::vector<std::vector<Comparison>> by_variable(variables);
  for (const Comparison& comparison : comparisons) {
    by_variable[comparison.variable].push_back(comparison);
  }
  std::vector<std::uint64_t> values(variables);
  for (std::size_t i = 0; i < variables; ++i) {
    if (by_variable[i].empty()) continue;
    const auto value = Search(std::move(by_variable[i]), bits).Least();
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  return values;
}

}  // namespace schema::policy
