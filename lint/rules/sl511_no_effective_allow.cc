#include <algorithm>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckNoEffectiveAllow(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  if (MayPass(context.policy->default_verdict.action)) return {};
  const auto& own = context.policy->architectures.front();
  for (const auto& call : own.calls) {
    const bool passes = std::ranges::any_of(
        call.clauses, [](const auto& clause) { return MayPass(clause.verdict.action); });
    if (passes) return {};
  }
  return {{context.profile->default_action->span,
           "nothing is allowed on " + std::string(schema::kernel::Facts(own.architecture).name) +
               ": every system call gets " + ToString(context.policy->default_verdict) +
               " or another refusal, and no container can start",
           "for a list of denied calls write \"defaultAction\": \"SCMP_ACT_ALLOW\"; for a list of "
           "allowed ones give the rules SCMP_ACT_ALLOW",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL511{
    .id = "SL511",
    .name = "no-effective-allow",
    .severity = Severity::kError,
    .summary = "Neither the default nor any rule that applies allows a call.",
    .why =
        "The default denies and so does every rule that applies on the target: not one system "
        "call succeeds, not even those with which the runtime starts the program or ends itself.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS" } ] })",
    .source = "seccomp(2); libcontainer/standard_init_linux.go of runc, Init()",
    .check = &CheckNoEffectiveAllow,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
