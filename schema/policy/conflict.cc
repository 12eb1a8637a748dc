#include "schema/policy/conflict.h"

#include <set>
#include <string>
#include <utility>

namespace schema::policy {
namespace {

void FindInCall(const ArchitecturePolicy& part, const CallPolicy& call,
                std::vector<Conflict>& conflicts) {
  std::set<std::pair<std::size_t, std::size_t>> reported;  // pairs of rules
  for (std::size_t i = 0; i < call.clauses.size(); ++i) {
    for (std::size_t j = i + 1; j < call.clauses.size(); ++j) {
      const Clause& first = call.clauses[i];
      const Clause& second = call.clauses[j];
      if (first.verdict == second.verdict) continue;
      std::vector<Condition> both = first.conditions;
      both.insert(both.end(), second.conditions.begin(), second.conditions.end());
      const auto witness = FindArguments(both, ArgumentBits(part.architecture));
      if (!witness || !reported.emplace(first.rule, second.rule).second) continue;
      conflicts.push_back({part.architecture, &call, &first, &second, *witness});
      if (reported.size() == kMaxConflicts) return;
    }
  }
}

}  // namespace

std::vector<Conflict> FindConflicts(const Policy& policy) {
  std::vector<Conflict> conflicts;
  for (const ArchitecturePolicy& part : policy.architectures) {
    for (const CallPolicy& call : part.calls) {
      if (call.clauses.size() > 1) FindInCall(part, call, conflicts);
    }
  }
  return conflicts;
}

Status RefuseConflicts(const Policy& policy) {
  const auto conflicts = FindConflicts(policy);
  if (conflicts.empty()) return {};
  const Conflict& conflict = conflicts.front();
  return Error{ErrorCode::kInvalid,
               "the profile gives " + conflict.call->name + " on " +
                   std::string(kernel::Facts(conflict.architecture).name) + " both " +
                   kernel::ToString(conflict.first->verdict) + " and " +
                   kernel::ToString(conflict.second->verdict),
               0};
}

}  // namespace schema::policy
