#include "schema/policy/remainder.h"

#include <algorithm>
#include <utility>

namespace schema::policy {
namespace {

// The least value of one variable.
std::optional<std::uint64_t> FindValue(std::uint8_t variable,
                                       std::span<const Comparison> comparisons, unsigned bits,
                                       Effort& effort) {
  std::vector<Comparison> own;
  for (Comparison comparison : comparisons) {
    if (comparison.variable != variable) continue;
    comparison.variable = 0;
    own.push_back(comparison);
  }
  constexpr std::size_t kStepsOfACall = 100;  // what takes as long beside the search itself
  if (!effort.Spend(kStepsOfACall + comparisons.size())) return std::nullopt;
  const auto values = FindValues(own, 1, bits, effort.steps());
  if (!values) {
    effort.Exhaust();
    return std::nullopt;
  }
  if (!*values) return std::nullopt;
  return (*values)->front();
}

class Search {
 public:
  Search(std::vector<Comparison> given, std::span<const Clause* const> clauses, unsigned bits,
         Effort& effort)
      : met_(std::move(given)), clauses_(clauses), bits_(bits), effort_(effort) {}

  std::optional<Arguments> Find() {
    const auto least = FindWithin(met_, bits_, effort_);
    if (!least) return std::nullopt;
    return FindFrom(*least);
  }

 private:
  // `arguments`: the least ones that meet `met_`.
  std::optional<Arguments> FindFrom(const Arguments& arguments) {
    const Clause* matching = Matching(arguments);
    if (effort_.exhausted()) return std::nullopt;
    if (matching == nullptr) return arguments;
    // Outside a conjunction: its first condition fails, or the first holds and the second fails,
    // ...
    const std::size_t before = met_.size();
    for (const Condition& condition : matching->conditions) {
      Comparison comparison = ToComparison(condition);
      comparison.relation = Opposite(comparison.relation);
      met_.push_back(comparison);
      if (const auto value = FindValue(condition.arg_index, met_, bits_, effort_)) {
        Arguments next = arguments;
        next[condition.arg_index] = *value;
        if (const auto found = FindFrom(next)) return found;
      }
      if (effort_.exhausted()) return std::nullopt;
      met_.back().relation = Opposite(comparison.relation);
    }
    met_.resize(before);
    return std::nullopt;
  }

  const Clause* Matching(const Arguments& arguments) {
    if (!effort_.Spend(clauses_.size())) return nullptr;
    for (const Clause* clause : clauses_) {
      const bool matches = std::ranges::all_of(clause->conditions, [&](const Condition& condition) {
        return Matches(condition, arguments);
      });
      if (matches) return clause;
    }
    return nullptr;
  }

  std::vector<Comparison> met_;
  std::span<const Clause* const> clauses_;
  unsigned bits_;
  Effort& effort_;
};

}  // namespace

bool Effort::Spend(std::size_t steps) {
  exhausted_ = exhausted_ || steps > left_;
  if (exhausted_) return false;
  left_ -= steps;
  return true;
}

std::optional<Arguments> FindWithin(std::span<const Comparison> comparisons, unsigned argument_bits,
                                    Effort& effort) {
  Arguments arguments{};
  for (std::uint8_t i = 0; i < kArguments; ++i) {
    const bool named = std::ranges::any_of(
        comparisons, [&](const Comparison& comparison) { return comparison.variable == i; });
    if (!named) continue;
    const auto value = FindValue(i, comparisons, argument_bits, effort);
    if (!value) return std::nullopt;
    arguments[i] = *value;
  }
  return arguments;
}

void AddConditions(const Clause& clause, std::vector<Comparison>& comparisons) {
  for (const Condition& condition : clause.conditions) {
    comparisons.push_back(ToComparison(condition));
  }
}

std::optional<Arguments> FindOutside(std::vector<Comparison> given,
                                     std::span<const Clause* const> clauses, unsigned argument_bits,
                                     Effort& effort) {
  return Search(std::move(given), clauses, argument_bits, effort).Find();
}

}  // namespace schema::policy
