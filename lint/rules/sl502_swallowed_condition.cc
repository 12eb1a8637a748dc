#include "lint/rules/contradiction.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;

Finding Swallowed(const Context& context, const Contradiction& found, const Clause& always,
                  const Clause& sometimes) {
  const std::string& call = found.conflict->call->name;
  return {NameSpan(context, sometimes),
          "this condition on " + call + " never takes effect" + found.where +
              ": another rule gives " + call + " " + ToString(always.verdict) +
              " without a condition, which swallows " + ToString(sometimes.verdict) + " here",
          "remove one of the two rules, or give the other one the opposite condition",
          {{NameSpan(context, always), "the rule without a condition"}},
          {}};
}

// A rule for all of a multiplexer stands beside one for a call that is reached through it.
Finding Bypassed(const Context& context, const Contradiction& found, const Clause& always,
                 const Clause& sometimes) {
  const std::string& multiplexer = found.conflict->call->name;
  const auto name = context.profile->syscalls[sometimes.rule].AllNames()[sometimes.name];
  return {name.span,
          name.value + " is reached through " + multiplexer + found.where +
              " too, which another rule gives " + ToString(always.verdict) +
              ": there it never gets " + ToString(sometimes.verdict),
          "take " + multiplexer + " out of the other rule, or that architecture out of the profile",
          {{NameSpan(context, always), multiplexer + " is named here"}},
          Severity::kWarning};
}

Finding Explain(const Context& context, const Contradiction& found, const Clause& always,
                const Clause& sometimes) {
  return sometimes.through_multiplexer ? Bypassed(context, found, always, sometimes)
                                       : Swallowed(context, found, always, sometimes);
}

std::vector<Finding> CheckSwallowedCondition(const Context& context) {
  std::vector<Finding> findings;
  for (const Contradiction& found : Contradictions(context)) {
    const bool first_always = found.first->conditions.empty();
    if (first_always == found.second->conditions.empty()) continue;
    findings.push_back(first_always ? Explain(context, found, *found.first, *found.second)
                                    : Explain(context, found, *found.second, *found.first));
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
        "comes first: what the condition should deny is allowed, or the other way round. On x86 "
        "and "
        "some others socket is also reached through socketcall, and a rule for all of that "
        "swallows "
        "what is said of socket: a warning.",
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
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
