#include <algorithm>

#include "lint/rules/edit.h"
#include "lint/rules/horizon.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;
using schema::policy::Condition;

// A clause that gives some call which the rule is about something else, on the target's own
// architecture; nullptr: there is none.
const Clause* Overruling(const Context& context, const schema::profile::Rule& rule) {
  const auto& own = context.policy->architectures.front();
  for (const auto& name : rule.AllNames()) {
    const auto number = schema::kernel::NumberOf(own.architecture, name.value);
    const auto* call = number ? own.Find(*number) : nullptr;
    if (call == nullptr) continue;
    for (const Clause& clause : call->clauses) {
      std::vector<Condition> both = ConditionsOf(rule);
      both.insert(both.end(), clause.conditions.begin(), clause.conditions.end());
      const unsigned bits = schema::policy::ArgumentBits(own.architecture);
      if (schema::policy::FindArguments(both, bits)) return &clause;
    }
  }
  return nullptr;
}

// Whether the rule alone names the highest number of an architecture, above which engines answer
// ENOSYS instead of the default: without it they begin to do so below.
bool SetsHorizon(const Context& context, const schema::profile::Rule& rule) {
  if (!IsOtherErrno(context.policy->default_verdict)) return false;
  return std::ranges::any_of(context.policy->architectures, [&](const auto& part) {
    const auto named = NamedCalls(context, part.architecture);
    if (named.empty()) return false;
    for (const auto& [other, index] : AppliedRules(context)) {
      if (other == &rule) continue;
      for (const auto& name : other->AllNames()) {
        const auto number = schema::kernel::NumberOf(part.architecture, name.value);
        if (number && *number == named.back().number) return false;
      }
    }
    return std::ranges::any_of(rule.AllNames(), [&](const auto& name) {
      const auto number = schema::kernel::NumberOf(part.architecture, name.value);
      return number && *number == named.back().number;
    });
  });
}

std::optional<Fix> Removed(const Context& context, const schema::profile::Rule& rule) {
  const bool moves = SetsHorizon(context, rule);
  auto fix = RemoveRule(context.json.document, rule.span, !moves);
  if (fix && moves) fix->summary += ": engines then answer ENOSYS for its calls";
  return fix;
}

Finding Ineffective(const Context& context, const schema::profile::Rule& rule,
                    schema::kernel::Verdict verdict) {
  const std::string message =
      "this rule gives " + ToString(verdict) + ", which is the default: it ";
  const Clause* overruling = Overruling(context, rule);
  if (overruling == nullptr) {
    return {rule.action->span,
            message + "has no effect",
            "remove the rule",
            {{context.profile->default_action->span, "the default is here"}},
            {},
            Removed(context, rule)};
  }
  const auto name = context.profile->syscalls[overruling->rule].AllNames()[overruling->name];
  const bool lost = Restricts(verdict, overruling->verdict);
  return {rule.action->span,
          message + "is left out, and " + name.value + " gets " + ToString(overruling->verdict) +
              " by another rule all the same",
          lost ? "take what is to be denied out of the other rule" : "remove the rule",
          {{name.span, "the rule that counts"}},
          lost ? std::optional(Severity::kError) : std::nullopt,
          lost ? std::nullopt : Removed(context, rule)};
}

std::vector<Finding> CheckRuleEqualsDefault(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& [rule, index] : AppliedRules(context)) {
    const auto verdict = schema::policy::VerdictOf(*rule);
    if (!verdict || *verdict != context.policy->default_verdict) continue;
    findings.push_back(Ineffective(context, *rule, *verdict));
  }
  return findings;
}

}  // namespace

extern const Rule kSL501{
    .id = "SL501",
    .name = "rule-equals-default",
    .severity = Severity::kWarning,
    .summary = "A rule gives its calls what they get by default.",
    .why =
        "It has no effect: runc and crun leave it out, since libseccomp refuses such a rule "
        "(EACCES). It is no exception from another rule either: beside one that allows all of "
        "clone, one that denies some of it with the default's error denies nothing, and that is an "
        "error.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ptrace"], "action": "SCMP_ACT_ERRNO" },
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ptrace"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source =
        "seccomp_rule_add(3), EACCES; libcontainer/seccomp/seccomp_linux.go of runc, "
        "matchCall()",
    .check = &CheckRuleEqualsDefault,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
