#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

// Names that no kernel has are SL301's. Of an allowed call that is dropped nothing is to be said:
// it gets the default, which is stricter.
std::vector<Finding> CheckDroppedByLibseccomp(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& [name, rule] : context.policy->dropped) {
    const auto* syscall = schema::kernel::FindSyscall(name.value);
    const auto verdict = schema::policy::VerdictOf(context.profile->syscalls[rule]);
    if (syscall == nullptr || !verdict) continue;
    if (!Restricts(*verdict, context.policy->default_verdict)) continue;
    const bool kernel_has_it = syscall->since <= context.target.kernel;
    findings.push_back(
        {name.span,
         "libseccomp " + ToString(context.target.libseccomp.version) + " does not know " +
             Quoted(name.value) + " and engines drop it in silence: " +
             (kernel_has_it ? "" : "from Linux " + ToString(syscall->since) + " on ") +
             "the call gets the default, " + ToString(context.policy->default_verdict) +
             ", instead of " + ToString(*verdict),
         "deny by default and list the allowed calls, or use a libseccomp that knows the name",
         {},
         kernel_has_it ? std::nullopt : std::optional(Severity::kWarning)});
  }
  return findings;
}

}  // namespace

extern const Rule kSL303{
    .id = "SL303",
    .name = "dropped-by-libseccomp",
    .severity = Severity::kError,
    .summary = "A call is denied that is newer than the target's libseccomp.",
    .why =
        "Engines drop a name that their libseccomp does not know, and say nothing. A call that a "
        "rule denies then gets the default, which allows more: the filter is weaker than the "
        "profile. It is a warning where the target's kernel does not have the call yet.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["statmount", "listmount"], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "libcontainer/seccomp/seccomp_linux.go of runc, matchCall(); syscalls(2)",
    .check = &CheckDroppedByLibseccomp,
};

}  // namespace lint::rules
