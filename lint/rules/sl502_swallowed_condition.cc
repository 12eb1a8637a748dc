#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;
using schema::policy::Conflict;

// The place of the name that a clause is about.
schema::Span NameSpan(const Context& context, const Clause& clause) {
  return context.profile->syscalls[clause.rule].AllNames()[clause.name].span;
}

std::vector<Finding> CheckSwallowedCondition(const Context& context) {
  std::vector<Finding> findings;
  for (const Conflict& conflict : context.conflicts) {
    const bool first_is_unconditional = conflict.first->conditions.empty();
    if (first_is_unconditional == conflict.second->conditions.empty()) continue;
    const Clause& always = first_is_unconditional ? *conflict.first : *conflict.second;
    const Clause& sometimes = first_is_unconditional ? *conflict.second : *conflict.first;
    findings.push_back({NameSpan(context, sometimes),
                        "this condition on " + conflict.call->name +
                            " never takes effect: another rule gives " + conflict.call->name + " " +
                            ToString(always.verdict) + " without a condition, which swallows " +
                            ToString(sometimes.verdict) + " here",
                        "remove one of the two rules, or give the other one the opposite condition",
                        {{NameSpan(context, always), "the rule without a condition"}},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL502{
    .id = "SL502",
    .name = "swallowed-condition",
    .severity = Severity::kError,
    .summary =
        "A rule without conditions stands beside a conditional one for the same call, with "
        "another action.",
    .why =
        "libseccomp keeps the unconditional rule and drops the other one in silence, whichever "
        "comes first: what the condition should deny is allowed, or the other way round.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO" },
  { "names": ["personality"], "action": "SCMP_ACT_LOG",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_NE" }] },
  { "names": ["personality"], "action": "SCMP_ACT_LOG",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .source = "observed with libseccomp 2.5.4 and 2.6.1: seccomp_rule_add(3) reports success",
    .check = &CheckSwallowedCondition,
};

}  // namespace lint::rules
