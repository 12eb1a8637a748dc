#include "lint/rules/contradiction.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "lint/rules/places.h"
#include "schema/hex.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;
using schema::policy::Conflict;

bool Conditions(const Clause& clause, std::size_t index) {
  return std::ranges::any_of(clause.conditions,
                             [&](const auto& condition) { return condition.arg_index == index; });
}

}  // namespace

std::vector<Contradiction> Contradictions(const Context& context) {
  std::vector<const Conflict*> ordered;
  for (const Conflict& conflict : context.conflicts) ordered.push_back(&conflict);
  std::ranges::stable_sort(ordered, {}, [](const Conflict* conflict) {
    return conflict->first->through_multiplexer + conflict->second->through_multiplexer;
  });
  std::set<std::tuple<std::size_t, std::size_t, std::string>> told;
  std::vector<Contradiction> contradictions;
  for (const Conflict* conflict : ordered) {
    const Clause& second = *conflict->second;
    std::string name = context.profile->syscalls[second.rule].AllNames()[second.name].value;
    if (!told.emplace(conflict->first->rule, second.rule, name).second) continue;
    std::string where;
    if (conflict->architecture != context.target.architecture) {
      where = " on " + std::string(schema::kernel::Facts(conflict->architecture).name);
    }
    contradictions.push_back({conflict->first, &second, conflict, std::move(name), where});
  }
  return contradictions;
}

std::string WitnessCall(const Conflict& conflict) {
  std::string arguments;
  for (std::size_t i = 0; i < conflict.witness.size(); ++i) {
    if (!Conditions(*conflict.first, i) && !Conditions(*conflict.second, i)) continue;
    arguments += (arguments.empty() ? "arg" : ", arg") + std::to_string(i) + "=" +
                 schema::Hex(conflict.witness[i]);
  }
  return conflict.call->name + "(" + arguments + ")";
}

}  // namespace lint::rules
