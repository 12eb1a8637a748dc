#include <set>

#include "lint/rules/dangerous.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/risk.h"

namespace lint::rules {
namespace {

using schema::policy::ArchitecturePolicy;

// Fewer denied calls are taken away for a reason of their own, as clone3 often is, and no one takes
// such a profile for a sandbox.
constexpr std::size_t kFewestDenied = 10;

// What the profile's default gives every process, though it is dangerous.
std::vector<std::string> LeftOpen(const ArchitecturePolicy& part) {
  std::vector<std::string> open;
  for (const auto& risk : schema::kernel::Risks()) {
    const auto* entry = schema::kernel::FindEntry(part.architecture, risk.call);
    if (entry == nullptr || entry->removed() || !entry->syscall().implemented) continue;
    if (DangerOf(risk.call) != nullptr && part.Find(entry->number) == nullptr) {
      open.emplace_back(risk.call);
    }
  }
  return open;
}

std::vector<Finding> CheckAllowByDefault(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  if (context.policy->default_verdict.action != schema::kernel::Action::kAllow) return {};
  std::set<std::string_view> denied;
  for (const auto& rule : context.profile->syscalls) {
    if (!rule.action || MayPass(rule.action->value)) continue;
    for (const auto& name : rule.AllNames()) denied.insert(name.value);
  }
  if (denied.size() < kFewestDenied) return {};
  const auto open = LeftOpen(context.policy->architectures.front());
  const std::string which =
      open.empty() ? "" : ", today " + Listed(open) + (open.size() == 1 ? "" : ": all dangerous");
  return {{context.profile->default_action->span,
           "the default allows every call that no rule names, and with it each new call of each "
           "new Linux" +
               which,
           "turn the list round: deny by default with errnoRet 38 (ENOSYS) or 1 (EPERM), and name "
           "the calls that the program makes; profiles/default.json is a start",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL601{
    .id = "SL601",
    .name = "allow-by-default",
    .severity = Severity::kWarning,
    .summary = "A list of ten denied calls or more, where all the others are allowed.",
    .why =
        "A list of what is forbidden is never complete: Linux gets new calls with nearly every "
        "release, which do in new ways what old ones did, and a profile from before allows them. "
        "Docker's and Kubernetes' default profiles, and the advice of seccomp(2), are to list what "
        "is needed. A profile that takes away a few calls from containers which otherwise run "
        "without a filter promises less, and is not told.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [
  "add_key", "bpf", "keyctl", "kexec_load", "mount", "perf_event_open", "reboot", "swapon",
  "umount2", "userfaultfd" ], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": [
  "execve", "exit_group", "read", "write" ], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp(2), NOTES: \"it is strongly recommended to use an allow-list approach\"",
    .check = &CheckAllowByDefault,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
