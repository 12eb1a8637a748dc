#include <algorithm>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::KernelVersion;
using schema::policy::ArchitecturePolicy;
using schema::policy::Clause;

// Commit 93e35efb8de4 ("x86/ptrace: run seccomp after ptrace"), and those beside it for the other
// architectures.
constexpr KernelVersion kFilterAfterTracer{4, 8};

// A rule for containers with a capability knows what it gives them.
bool IsGated(const Context& context, const Clause& clause) {
  const auto& rule = context.profile->syscalls[clause.rule];
  return rule.includes && !rule.includes->caps.empty();
}

// Whether there is a filter to escape from.
bool DeniesAnything(const Context& context) {
  if (!MayPass(context.policy->default_verdict.action)) return true;
  return std::ranges::any_of(context.policy->architectures, [](const ArchitecturePolicy& part) {
    return std::ranges::any_of(part.calls, [](const auto& call) {
      return std::ranges::any_of(
          call.clauses, [](const Clause& clause) { return !MayPass(clause.verdict.action); });
    });
  });
}

// What lets ptrace pass on the architecture, whatever its arguments; std::nullopt: nothing.
std::optional<schema::Span> Passing(const Context& context, const ArchitecturePolicy& part) {
  const auto number = schema::kernel::NumberOf(part.architecture, "ptrace");
  const auto* call = number ? part.Find(*number) : nullptr;
  if (call != nullptr) {
    for (const Clause& clause : call->clauses) {
      const bool passes = clause.conditions.empty() && MayPass(clause.verdict.action);
      if (passes && !IsGated(context, clause)) return NameSpan(context, clause);
    }
    return std::nullopt;
  }
  if (!MayPass(context.policy->default_verdict.action)) return std::nullopt;
  return context.profile->default_action->span;
}

std::vector<Finding> CheckPtraceBefore48(const Context& context) {
  if (context.policy == nullptr || context.target.kernel >= kFilterAfterTracer) return {};
  if (!DeniesAnything(context)) return {};
  for (const ArchitecturePolicy& part : context.policy->architectures) {
    const auto span = Passing(context, part);
    if (!span) continue;
    return {{*span,
             "before Linux 4.8, as on the target, a tracer can change a call after the filter has "
             "let it pass: where ptrace is allowed, a process escapes the filter",
             "allow ptrace with \"includes\": { \"minKernel\": \"4.8\" }, and deny it otherwise",
             {},
             {}}};
  }
  return {};
}

}  // namespace

extern const Rule kSL208{
    .id = "SL208",
    .name = "ptrace-before-4.8",
    .severity = Severity::kWarning,
    .summary = "ptrace may pass on a kernel on which it opens the filter.",
    .why =
        "Before Linux 4.8 the filter saw a call first and a tracer afterwards. A process that may "
        "call ptrace can start a child, trace it, and change the number of a call that the filter "
        "has let pass already: every denied call is open to it. Rules for containers that are "
        "given a capability are left alone.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "ptrace"], "action": "SCMP_ACT_ALLOW" } ] }
--target kernel=4.4)",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } } ] }
--target kernel=4.4)",
    .source = "seccomp(2), SECCOMP_RET_TRACE; commit 93e35efb8de4 of Linux; moby/profiles",
    .check = &CheckPtraceBefore48,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
