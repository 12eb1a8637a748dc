#include "schema/policy/satisfy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace schema::policy {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint64_t kTop = std::uint64_t{1} << 63U;

std::uint64_t HighestBit(std::uint64_t bits) {
  return kTop >> static_cast<unsigned>(std::countl_zero(bits));
}

enum class Kind : std::uint8_t { kNotEqual, kAtMost, kAtLeast };

// (x & mask) KIND value, where value has no bit outside mask.
struct Constraint {
  Kind kind;
  std::uint64_t mask;
  std::uint64_t value;
};

// What is known of x: the bits of `known` are those of `value`; the others of `value` are 0.
struct Partial {
  std::uint64_t known = 0;
  std::uint64_t value = 0;

  Partial With(std::uint64_t bit, bool one) const {
    return {known | bit, one ? value | bit : value};
  }
};

// The greatest part of `mask` that is not above `value`.
std::uint64_t AtMostWithin(std::uint64_t mask, std::uint64_t value) {
  const std::uint64_t outside = value & ~mask;
  if (outside == 0) return value;
  const std::uint64_t below = HighestBit(outside) - 1;  // x is less there: the rest is free
  return (value & mask & ~below) | (mask & below);
}

// The least part of `mask` that is not below `value`; std::nullopt: there is none.
std::optional<std::uint64_t> AtLeastWithin(std::uint64_t mask, std::uint64_t value) {
  const std::uint64_t outside = value & ~mask;
  if (outside == 0) return value;
  // Some bit above must be 1 in x and 0 in `value`: the lowest one.
  const std::uint64_t top = HighestBit(outside);
  const std::uint64_t candidates = mask & ~value & ~(top | (top - 1));
  if (candidates == 0) return std::nullopt;
  const std::uint64_t raised = candidates & (~candidates + 1);
  return (value & ~(raised - 1)) | raised;
}

// The search over the bits of one variable, in two ways. From the top bit down, 0 first, the first
// value found is the least; a subtree fails only by the values that are excluded within it, so that
// without masked inequalities there are few. If this takes too long, the way of Davis, Putnam,
// Logemann and Loveland: the bit that the tightest inequality asks for first.
class Search {
 public:
  Search(unsigned bits, std::size_t& steps) : steps_(steps) {
    if (bits < 64) start_.known = ~((std::uint64_t{1} << bits) - 1);
  }

  void Add(const Comparison& comparison) {
    const std::uint64_t mask = comparison.mask;
    const std::uint64_t value = comparison.value;
    switch (comparison.relation) {
      case Relation::kEqual: {
        const std::uint64_t differs = (start_.value ^ value) & start_.known & mask;
        if ((value & ~mask) != 0 || differs != 0) never_ = true;
        start_.known |= mask;
        start_.value |= value & mask;
        return;
      }
      case Relation::kNotEqual:
        if ((value & ~mask) == 0) constraints_.push_back({Kind::kNotEqual, mask, value});
        return;
      case Relation::kLess:
        return value == 0 ? Never() : AtMost(mask, value - 1);
      case Relation::kLessOrEqual:
        return AtMost(mask, value);
      case Relation::kGreater:
        return value == kAll ? Never() : AtLeast(mask, value + 1);
      case Relation::kGreaterOrEqual:
        return AtLeast(mask, value);
    }
  }

  // std::nullopt: no value, if not out_of_steps().
  std::optional<std::uint64_t> Least() {
    if (never_) return std::nullopt;
    for (const Constraint& constraint : constraints_) relevant_ |= constraint.mask;
    constexpr std::size_t kNodesForEach = 64;
    nodes_ = kNodesForEach * (constraints_.size() + 4);
    std::uint64_t value = 0;
    switch (FromTheTop(start_, value)) {
      case Answer::kYes:
        return value;
      case Answer::kNo:
        return std::nullopt;
      case Answer::kGaveUp:
        return LeastOfAny();
    }
    return std::nullopt;
  }

  bool out_of_steps() const { return out_of_steps_; }

 private:
  enum class Answer : std::uint8_t { kYes, kNo, kGaveUp };

  void Never() { never_ = true; }

  void AtMost(std::uint64_t mask, std::uint64_t value) {
    const std::uint64_t most = AtMostWithin(mask, value);
    if (most != mask) constraints_.push_back({Kind::kAtMost, mask, most});
  }

  void AtLeast(std::uint64_t mask, std::uint64_t value) {
    const auto least = AtLeastWithin(mask, value);
    if (!least) return Never();
    if (*least != 0) constraints_.push_back({Kind::kAtLeast, mask, *least});
  }

  // Fixes the bit that is left of an inequality. False: it cannot hold.
  static bool NotEqual(const Constraint& constraint, Partial& x, bool& open) {
    if (((x.value ^ constraint.value) & x.known & constraint.mask) != 0) return true;
    const std::uint64_t left = constraint.mask & ~x.known;
    if (left == 0) return false;
    if (std::has_single_bit(left)) {
      x = x.With(left, (constraint.value & left) == 0);
    } else {
      open = true;
    }
    return true;
  }

  // From the top: as long as the bits are equal, the next may not be on the wrong side.
  static bool InOrder(const Constraint& constraint, Partial& x, bool& open) {
    const bool at_most = constraint.kind == Kind::kAtMost;
    for (;;) {
      const std::uint64_t undecided = constraint.mask & (~x.known | (x.value ^ constraint.value));
      if (undecided == 0) return true;
      const std::uint64_t bit = HighestBit(undecided);
      const bool wanted = (constraint.value & bit) != 0;
      if ((x.known & bit) != 0) return wanted == at_most;
      if (wanted != at_most) {
        x = x.With(bit, wanted);
        continue;
      }
      // Free, unless the bits below cannot make it if this one is equal.
      const std::uint64_t below = constraint.mask & (bit - 1);
      const std::uint64_t least = x.value & below;
      const std::uint64_t most = (x.value | ~x.known) & below;
      const std::uint64_t bound = constraint.value & below;
      if (at_most ? least > bound : most < bound) {
        x = x.With(bit, !wanted);
        return true;
      }
      open = true;
      return true;
    }
  }

  // Fixes what follows. False: a comparison cannot hold. `open`: one may still fail.
  bool Propagate(Partial& x, bool& open) {
    Partial before;
    do {
      before = x;
      open = false;
      if (steps_ < constraints_.size()) {
        out_of_steps_ = true;
        return false;
      }
      steps_ -= constraints_.size();
      for (const Constraint& constraint : constraints_) {
        const bool possible = constraint.kind == Kind::kNotEqual ? NotEqual(constraint, x, open)
                                                                 : InOrder(constraint, x, open);
        if (!possible) return false;
      }
    } while (before.known != x.known);
    return true;
  }

  Answer FromTheTop(Partial x, std::uint64_t& value) {
    if (nodes_-- == 0) return Answer::kGaveUp;
    bool open = false;
    if (!Propagate(x, open)) return out_of_steps_ ? Answer::kGaveUp : Answer::kNo;
    if (!open) {
      value = x.value;
      return Answer::kYes;
    }
    const std::uint64_t bit = HighestBit(relevant_ & ~x.known);
    for (const bool one : {false, true}) {
      const Answer answer = FromTheTop(x.With(bit, one), value);
      if (answer != Answer::kNo) return answer;
    }
    return Answer::kNo;
  }

  // The bit to decide next: of the inequalities with the fewest bits left, the most frequent one.
  std::uint64_t TightestBit(const Partial& x) const {
    std::array<unsigned, 64> count{};
    int fewest = 65;
    for (const Constraint& constraint : constraints_) {
      if (constraint.kind != Kind::kNotEqual ||
          ((x.value ^ constraint.value) & x.known & constraint.mask) != 0) {
        continue;
      }
      const std::uint64_t left = constraint.mask & ~x.known;
      const int bits = std::popcount(left);
      if (bits > fewest) continue;
      if (bits < fewest) count = {};
      fewest = bits;
      for (unsigned i = 0; i < 64; ++i) {
        if (((left >> i) & 1U) != 0) ++count[i];
      }
    }
    unsigned best = 0;
    for (unsigned i = 0; i < 64; ++i) {
      if (count[i] > count[best]) best = i;
    }
    return count[best] > 0 ? std::uint64_t{1} << best : HighestBit(relevant_ & ~x.known);
  }

  // Some value, not the least; kGaveUp: out of steps.
  Answer Any(Partial x, std::uint64_t& value) {
    bool open = false;
    if (!Propagate(x, open)) return out_of_steps_ ? Answer::kGaveUp : Answer::kNo;
    if (!open) {
      value = x.value;
      return Answer::kYes;
    }
    const std::uint64_t bit = TightestBit(x);
    for (const bool one : {false, true}) {
      const Answer answer = Any(x.With(bit, one), value);
      if (answer != Answer::kNo) return answer;
    }
    return Answer::kNo;
  }

  std::optional<std::uint64_t> LeastOfAny() {
    std::uint64_t value = 0;
    Partial x = start_;
    if (Any(x, value) != Answer::kYes) return std::nullopt;
    for (std::uint64_t bit = kTop; bit != 0; bit >>= 1U) {
      if ((x.known & bit) != 0) continue;
      x = x.With(bit, false);
      if ((value & bit) == 0) continue;
      const Answer answer = Any(x, value);
      if (answer == Answer::kGaveUp) return std::nullopt;
      if (answer == Answer::kNo) x = x.With(bit, true);
    }
    return value;
  }

  std::size_t& steps_;
  Partial start_;
  bool never_ = false;
  std::vector<Constraint> constraints_;
  std::uint64_t relevant_ = 0;  // the bits that some constraint looks at
  std::size_t nodes_ = 0;
  bool out_of_steps_ = false;
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

Result<std::optional<std::vector<std::uint64_t>>> FindValues(
    std::span<const Comparison> comparisons, std::size_t variables, unsigned bits,
    std::size_t& steps) {
  std::vector<std::uint64_t> values(variables);
  for (std::size_t i = 0; i < variables; ++i) {
    const auto is_of_it = [i](const Comparison& comparison) { return comparison.variable == i; };
    if (std::ranges::none_of(comparisons, is_of_it)) continue;  // 0 will do
    Search search(bits, steps);
    for (const Comparison& comparison : comparisons) {
      if (is_of_it(comparison)) search.Add(comparison);
    }
    const auto value = search.Least();
    if (search.out_of_steps()) {
      return Error{ErrorCode::kLimit,
                   "too many conditions on one argument to decide within the bound", 0};
    }
    if (!value) return std::optional<std::vector<std::uint64_t>>();
    values[i] = *value;
  }
  return std::optional(std::move(values));
}

std::optional<std::vector<std::uint64_t>> FindValues(std::span<const Comparison> comparisons,
                                                     std::size_t variables, unsigned bits) {
  std::size_t steps = SIZE_MAX;  // some centuries
  return FindValues(comparisons, variables, bits, steps).value();
}

}  // namespace schema::policy
