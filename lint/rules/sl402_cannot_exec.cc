#include <algorithm>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::policy::Clause;

// The clauses on execve of the target's own architecture.
std::vector<Clause> ExecClauses(const Context& context) {
  const auto& own = context.policy->architectures.front();
  const auto number = schema::kernel::NumberOf(own.architecture, "execve");
  const schema::policy::CallPolicy* call = number ? own.Find(*number) : nullptr;
  return call == nullptr ? std::vector<Clause>() : call->clauses;
}

bool AllowsAnything(const Context& context) {
  return std::ranges::any_of(context.policy->architectures.front().calls, [](const auto& call) {
    return std::ranges::any_of(call.clauses,
                               [](const Clause& clause) { return MayPass(clause.verdict.action); });
  });
}

std::vector<Finding> CheckCannotExec(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  const std::vector<Clause> clauses = ExecClauses(context);
  if (std::ranges::any_of(clauses, [](const Clause& c) { return MayPass(c.verdict.action); })) {
    return {};
  }
  const auto always =
      std::ranges::find_if(clauses, [](const Clause& c) { return c.conditions.empty(); });
  const bool default_passes = MayPass(context.policy->default_verdict.action);
  if (default_passes && always == clauses.end()) return {};
  if (!default_passes && !AllowsAnything(context)) return {};  // SL511 says more
  const bool by_rule = always != clauses.end();
  const auto verdict = by_rule ? always->verdict : context.policy->default_verdict;
  return {
      {by_rule ? NameSpan(context, *always) : context.profile->default_action->span,
       "execve gets " + ToString(verdict) +
           ": the container's program never starts, since the runtime itself calls execve "
           "after it has loaded the filter",
       by_rule ? "take execve out of this rule" : "add \"execve\" to the calls that are allowed",
       {},
       {}}};
}

}  // namespace

extern const Rule kSL402{
    .id = "SL402",
    .name = "cannot-exec",
    .severity = Severity::kError,
    .summary = "The profile lets no execve succeed.",
    .why =
        "A runtime loads the filter last, and then starts the container's program with execve, to "
        "which the filter applies already. A program that shall not start others cannot be held "
        "back from it by the container's profile; it has to load a filter of its own.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp(2); libcontainer/standard_init_linux.go of runc, Init()",
    .check = &CheckCannotExec,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
