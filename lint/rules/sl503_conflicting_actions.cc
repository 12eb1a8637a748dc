#include <algorithm>

#include "lint/rules/contradiction.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;
using schema::policy::Condition;

// The conditions that libseccomp keeps when it makes a rule for the multiplexer of one for the
// call: the call's first argument gives way to the number of the call (src/arch-x86.c of
// libseccomp 2.5, x86_rule_add()).
std::vector<Condition> KeptByMultiplexer(const Context& context, const Clause& clause) {
  std::vector<Condition> kept;
  for (const Condition& condition : ConditionsOf(context.profile->syscalls[clause.rule])) {
    if (condition.arg_index != 0) kept.push_back(condition);
  }
  return kept;
}

bool Contains(const std::vector<Condition>& all, const std::vector<Condition>& part) {
  return std::ranges::all_of(part, [&](const Condition& condition) {
    return std::ranges::find(all, condition) != all.end();
  });
}

bool AlwaysDecided(const schema::policy::CallPolicy& call) {
  return std::ranges::any_of(call.clauses,
                             [](const Clause& clause) { return clause.conditions.empty(); });
}

struct Outcome {
  std::string text;
  std::optional<Severity> severity;
};

constexpr std::string_view kExists = "runc and crun refuse the profile (EEXIST)";

Outcome OutcomeOf(const Context& context, const Contradiction& found) {
  const Clause& first = *found.first;
  const Clause& second = *found.second;
  if (found.ThroughMultiplexerAlone()) {
    const std::string blind = "through " + found.conflict->call->name + found.where +
                              ", which does not show the arguments, both rules match: ";
    // Observed with libseccomp 2.5.4: a rule with no more conditions than an earlier one fails.
    if (Contains(KeptByMultiplexer(context, first), KeptByMultiplexer(context, second))) {
      return {blind + std::string(kExists), std::nullopt};
    }
    return {blind + "which one wins is up to libseccomp", Severity::kWarning};
  }
  if (first.conditions.empty()) {
    return {"engines keep the first and drop this one in silence" + found.where, std::nullopt};
  }
  if (first.conditions == second.conditions) {
    return {"the conditions are the same" + found.where + ", so " + std::string(kExists),
            std::nullopt};
  }
  return {WitnessCall(*found.conflict) + " matches both" + found.where +
              ", and which one wins is up to libseccomp",
          std::nullopt};
}

std::vector<Finding> CheckConflictingActions(const Context& context) {
  std::vector<Finding> findings;
  for (const Contradiction& found : Contradictions(context)) {
    if (found.first->conditions.empty() != found.second->conditions.empty()) continue;  // SL502
    // A rule for all of the multiplexer swallows both: SL502 again.
    if (found.ThroughMultiplexerAlone() && AlwaysDecided(*found.conflict->call)) continue;
    const Outcome outcome = OutcomeOf(context, found);
    findings.push_back(
        {NameSpan(context, *found.second),
         found.name + " gets " + ToString(found.second->verdict) + " here and " +
             ToString(found.first->verdict) + " by an earlier rule: " + outcome.text,
         "remove one of the two, or give them conditions that exclude each other",
         {{NameSpan(context, *found.first), "the earlier rule: " + ToString(found.first->verdict)}},
         outcome.severity});
  }
  return findings;
}

}  // namespace

extern const Rule kSL503{
    .id = "SL503",
    .name = "conflicting-actions",
    .severity = Severity::kError,
    .summary = "Two rules give the same call different actions.",
    .why =
        "A profile has no order in which rules count. Of two rules without conditions libseccomp "
        "keeps the first in silence; two with the same condition it refuses (EEXIST), and the "
        "container does not start; where conditions overlap, the call gets the one or the other "
        "action, depending on how libseccomp builds the filter.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone"], "action": "SCMP_ACT_ERRNO",
    "args": [
      { "index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ" } ] },
  { "names": ["clone"], "action": "SCMP_ACT_LOG",
    "args": [
      { "index": 0, "value": 131072, "valueTwo": 131072, "op": "SCMP_CMP_MASKED_EQ" } ] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone"], "action": "SCMP_ACT_ERRNO",
    "args": [
      { "index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ" } ] },
  { "names": ["clone"], "action": "SCMP_ACT_LOG",
    "args": [
      { "index": 0, "value": 268566528, "valueTwo": 131072, "op": "SCMP_CMP_MASKED_EQ" } ] } ] })",
    .source = "observed with libseccomp 2.5.4 and 2.6.1; seccomp_rule_add(3), EEXIST",
    .check = &CheckConflictingActions,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
