#include "lint/rules/horizon.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "lint/rules/places.h"

namespace lint::rules {

std::vector<NamedCall> NamedCalls(const Context& context,
                                  schema::kernel::Architecture architecture) {
  std::set<std::size_t> dropped;  // where they begin
  for (const auto& name : context.policy->dropped) dropped.insert(name.name.span.begin);
  std::vector<NamedCall> calls;
  for (const auto& [rule, index] : AppliedRules(context)) {
    for (const auto& name : rule->AllNames()) {
      const auto number = schema::kernel::NumberOf(architecture, name.value);
      if (number && !dropped.contains(name.span.begin)) {
        calls.push_back({*number, name.value, name.span});
      }
    }
  }
  std::ranges::stable_sort(calls, {}, &NamedCall::number);
  const auto same = [](const NamedCall& a, const NamedCall& b) { return a.number == b.number; };
  calls.erase(std::unique(calls.begin(), calls.end(), same), calls.end());
  return calls;
}

bool HasHorizon(schema::kernel::Engine engine) {
  using enum schema::kernel::Engine;
  switch (engine) {
    case kIsolator:
    case kDocker:
    case kOci:
      return true;
    case kMesos:
      return false;
  }
  return false;
}

bool IsOtherErrno(schema::kernel::Verdict verdict) {
  return verdict.action == schema::kernel::Action::kErrno && verdict.data != ENOSYS;
}

}  // namespace lint::rules
