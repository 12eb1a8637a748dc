#include "schema/policy/predicate.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/policy/condition.h"

namespace schema::policy {
namespace {

using kernel::Operator;

constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};

Operator OperatorOf(Relation relation) {
  switch (relation) {
    case Relation::kEqual:
      return Operator::kEqual;
    case Relation::kNotEqual:
      return Operator::kNotEqual;
    case Relation::kLess:
      return Operator::kLess;
    case Relation::kLessOrEqual:
      return Operator::kLessOrEqual;
    case Relation::kGreater:
      return Operator::kGreater;
    case Relation::kGreaterOrEqual:
      return Operator::kGreaterOrEqual;
  }
  return Operator::kEqual;
}

// A comparison comes from a condition or is the opposite of one: masked, it is == or !=.
std::string Text(const Comparison& comparison) {
  if (comparison.mask == kAllOnes) {
    return ToString(Condition{comparison.variable, OperatorOf(comparison.relation),
                              comparison.value, comparison.mask});
  }
  std::string text = ToString(
      Condition{comparison.variable, Operator::kMaskedEqual, comparison.value, comparison.mask});
  if (comparison.relation == Relation::kNotEqual) {
    constexpr std::string_view kEquals = " == ";
    text.replace(text.find(kEquals), kEquals.size(), " != ");
  }
  return text;
}

std::string Join(std::span<const Comparison> comparisons) {
  std::string text;
  for (const Comparison& comparison : comparisons) {
    text += (text.empty() ? "" : " and ") + Text(comparison);
  }
  return text;
}

Comparison Negated(Comparison comparison) {
  comparison.relation = Opposite(comparison.relation);
  return comparison;
}

class Describer {
 public:
  Describer(std::span<const Comparison> given, unsigned bits, Effort& effort)
      : met_(given.begin(), given.end()), bits_(bits), effort_(effort) {}

  std::string Describe(std::span<const Clause* const> clauses) {
    std::vector<std::vector<Comparison>> excluded;
    for (const Clause* clause : clauses) {
      std::vector<Comparison> conditions;
      AddConditions(*clause, conditions);
      if (conditions.size() == 1) {
        met_.push_back(Negated(conditions.front()));
      } else {
        excluded.push_back(std::move(conditions));
      }
    }
    excluded = Narrow(std::move(excluded));
    Pin();
    DropImplied();
    std::string text = Join(met_);
    for (const auto& conditions : excluded) {
      text += (text.empty() ? "not (" : " and not (") + Join(conditions) + ")";
    }
    return text;
  }

 private:
  // The conjunctions to exclude without what holds anyway, and without those that cannot hold; what
  // is down to one comparison goes to `met_`, which may narrow the others.
  std::vector<std::vector<Comparison>> Narrow(std::vector<std::vector<Comparison>> excluded) {
    for (bool again = true; again;) {
      again = false;
      std::vector<std::vector<Comparison>> left;
      for (auto& conditions : excluded) {
        if (!CanHold(conditions)) continue;
        std::erase_if(conditions, [&](const Comparison& comparison) {
          return !CanHold(std::vector{Negated(comparison)});
        });
        if (conditions.size() == 1) {
          met_.push_back(Negated(conditions.front()));
          again = true;
        } else {
          left.push_back(std::move(conditions));
        }
        if (effort_.exhausted()) return left;
      }
      excluded = std::move(left);
    }
    return excluded;
  }

  bool CanHold(const std::vector<Comparison>& more) {
    std::vector<Comparison> all = met_;
    all.insert(all.end(), more.begin(), more.end());
    return FindWithin(all, bits_, effort_).has_value();
  }

  // An argument that only one value meets: that value.
  void Pin() {
    const auto least = FindWithin(met_, bits_, effort_);
    for (std::uint8_t i = 0; least && i < kArguments; ++i) {
      const auto is_own = [&](const Comparison& comparison) { return comparison.variable == i; };
      if (std::ranges::none_of(met_, is_own)) continue;
      const Comparison other{i, Relation::kNotEqual, kAllOnes, (*least)[i]};
      if (CanHold({other}) || effort_.exhausted()) continue;
      std::erase_if(met_, is_own);
      met_.push_back(Negated(other));
    }
    std::ranges::stable_sort(met_, {}, &Comparison::variable);
  }

  void DropImplied() {
    for (std::size_t i = met_.size(); i-- > 0 && !effort_.exhausted();) {
      const Comparison comparison = met_[i];
      met_.erase(met_.begin() + static_cast<std::ptrdiff_t>(i));
      if (CanHold({Negated(comparison)})) {
        met_.insert(met_.begin() + static_cast<std::ptrdiff_t>(i), comparison);
      }
    }
  }

  std::vector<Comparison> met_;
  unsigned bits_;
  Effort& effort_;
};

}  // namespace

std::string DescribeArguments(std::span<const Comparison> given,
                              std::span<const Clause* const> clauses, unsigned argument_bits,
                              Effort& effort) {
  return Describer(given, argument_bits, effort).Describe(clauses);
}

}  // namespace schema::policy
