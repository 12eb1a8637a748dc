#include "lint/rules/outcome.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "lint/rules/permissiveness.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/satisfy.h"

namespace lint::rules {
namespace {

using schema::policy::Arguments;
using schema::policy::Clause;
using schema::policy::Comparison;
using schema::policy::Condition;
using schema::policy::kArguments;

// Arguments that meet the given comparisons and no clause: one condition of each clause is turned
// round.
class Remainder {
 public:
  Remainder(const std::vector<Clause>& clauses, unsigned bits) : clauses_(clauses), bits_(bits) {}

  std::optional<Arguments> Find(std::vector<Comparison> given) {
    const bool decided = std::ranges::any_of(
        clauses_, [](const Clause& clause) { return clause.conditions.empty(); });
    if (decided || TooHard()) return std::nullopt;
    met_ = std::move(given);
    return FindFrom(0);
  }

 private:
  std::optional<Arguments> FindFrom(std::size_t clause) {
    if (steps_++ == kMaxSteps) return std::nullopt;
    const auto values = schema::policy::FindValues(met_, kArguments, bits_);
    if (!values) return std::nullopt;
    if (clause == clauses_.size()) {
      Arguments arguments{};
      std::ranges::copy(*values, arguments.begin());
      return arguments;
    }
    for (const Condition& condition : clauses_[clause].conditions) {
      Comparison comparison = ToComparison(condition);
      comparison.relation = Opposite(comparison.relation);
      met_.push_back(comparison);
      const auto found = FindFrom(clause + 1);
      met_.pop_back();
      if (found) return found;
    }
    return std::nullopt;
  }

  // The search is exponential in what a hostile profile can write: FindValues() meets this many
  // sets of states at each bit, since of conditions with one mask at most one is still equal.
  // Real profiles have a mask or two for a call.
  bool TooHard() const {
    std::map<std::uint64_t, std::size_t> by_mask;
    for (const Clause& clause : clauses_) {
      for (const Condition& condition : clause.conditions) ++by_mask[condition.mask];
    }
    std::size_t sets = 1;
    for (const auto& [mask, count] : by_mask) {
      sets *= count + 1;
      if (sets > kMaxSets) return true;
    }
    return false;
  }

  static constexpr std::size_t kMaxSets = 512;
  static constexpr int kMaxSteps = 500;

  const std::vector<Clause>& clauses_;
  unsigned bits_;
  std::vector<Comparison> met_;
  int steps_ = 0;
};

}  // namespace

std::vector<Outcome> OutcomesOf(const schema::policy::Policy& policy,
                                const schema::policy::CallPolicy* call, unsigned argument_bits,
                                std::span<const Condition> given) {
  if (call == nullptr) return {{policy.default_verdict, {}, nullptr}};
  std::vector<Outcome> outcomes;
  for (const Clause& clause : call->clauses) {
    std::vector<Condition> all = clause.conditions;
    all.insert(all.end(), given.begin(), given.end());
    const auto arguments = schema::policy::FindArguments(all, argument_bits);
    if (arguments) outcomes.push_back({clause.verdict, *arguments, &clause});
  }
  std::vector<Comparison> comparisons;
  for (const Condition& condition : given) comparisons.push_back(ToComparison(condition));
  const auto rest = Remainder(call->clauses, argument_bits).Find(std::move(comparisons));
  if (rest) outcomes.push_back({policy.default_verdict, *rest, nullptr});
  return outcomes;
}

bool PassesSomehow(const schema::policy::Policy& policy,
                   const schema::policy::ArchitecturePolicy& part, std::string_view name) {
  const auto number = schema::kernel::NumberOf(part.architecture, name);
  if (!number) return false;
  const auto outcomes =
      OutcomesOf(policy, part.Find(*number), schema::policy::ArgumentBits(part.architecture));
  return std::ranges::any_of(
      outcomes, [](const Outcome& outcome) { return MayPass(outcome.verdict.action); });
}

}  // namespace lint::rules
