#include "lint/rules/outcome.h"

#include <algorithm>
#include <utility>

#include "lint/rules/permissiveness.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/remainder.h"

namespace lint::rules {

using schema::policy::Clause;
using schema::policy::Comparison;
using schema::policy::Condition;

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
  std::vector<const Clause*> clauses;
  for (const Clause& clause : call->clauses) clauses.push_back(&clause);
  constexpr std::size_t kMostSteps = 1'000'000;  // milliseconds; without an answer, no outcome
  schema::policy::Effort effort(kMostSteps);
  const auto rest =
      schema::policy::FindOutside(std::move(comparisons), clauses, argument_bits, effort);
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
