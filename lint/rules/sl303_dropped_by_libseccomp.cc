#include <algorithm>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Verdict;

// "libseccomp 2.5.4, whose table of calls ends at Linux 5.17, does not know".
std::string Unknown(const Context& context) {
  const auto& libseccomp = context.target.libseccomp;
  return "libseccomp " + ToString(libseccomp.version) + ", whose table of calls ends at Linux " +
         ToString(libseccomp.syscalls_until) + ", does not know ";
}

bool KernelHas(const Context& context, const std::string& name) {
  return std::ranges::any_of(context.policy->architectures, [&](const auto& part) {
    const auto* entry = schema::kernel::FindEntry(part.architecture, name);
    return entry != nullptr && entry->In(context.target.kernel);
  });
}

// On the included architectures; std::nullopt: none has the call, now or later.
std::optional<schema::kernel::KernelVersion> Since(const Context& context,
                                                   const std::string& name) {
  std::optional<schema::kernel::KernelVersion> since;
  for (const auto& part : context.policy->architectures) {
    const auto* entry = schema::kernel::FindEntry(part.architecture, name);
    if (entry != nullptr && (!since || entry->since() < *since)) since = entry->since();
  }
  return since;
}

void AddDenied(const Context& context, const Spanned<std::string>& name, Verdict verdict,
               std::vector<Finding>& findings) {
  const bool kernel_has_it = KernelHas(context, name.value);
  const auto since = Since(context, name.value);
  if (!since || (!kernel_has_it && *since <= context.target.kernel)) return;  // SL302, SL206
  findings.push_back(
      {name.span,
       Unknown(context) + Quoted(name.value) + ", and the engine drops it in silence: " +
           (kernel_has_it ? "" : "from Linux " + ToString(*since) + " on ") +
           "the call gets the default, " + ToString(context.policy->default_verdict) +
           ", instead of " + ToString(verdict),
       "deny by default and list the allowed calls, or use a libseccomp that knows the name",
       {},
       kernel_has_it ? std::nullopt : std::optional(Severity::kWarning)});
}

// Once a profile: Docker's default alone allows a dozen.
void AddAllowed(const Context& context, const std::vector<Spanned<std::string>>& names,
                std::vector<Finding>& findings) {
  if (names.empty()) return;
  std::vector<std::string> words;
  for (const auto& name : names) {
    if (std::ranges::find(words, name.value) == words.end()) words.push_back(name.value);
  }
  findings.push_back({names.front().span,
                      Unknown(context) + Listed(words) +
                          ", and the engine drops such names in silence: on the target's kernel, "
                          "which has " +
                          (words.size() == 1 ? "it, the call gets" : "them, the calls get") +
                          " the default, " + ToString(context.policy->default_verdict),
                      "use a libseccomp that knows the names, or count on the default for them",
                      {},
                      Severity::kWarning});
}

std::vector<Finding> CheckDroppedByLibseccomp(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  std::vector<Spanned<std::string>> allowed;
  for (const auto& [name, rule] : context.policy->dropped) {
    const auto verdict = schema::policy::VerdictOf(context.profile->syscalls[rule]);
    if (schema::kernel::FindSyscall(name.value) == nullptr || !verdict) continue;  // SL301
    if (Restricts(*verdict, context.policy->default_verdict)) {
      AddDenied(context, name, *verdict, findings);
    } else if (Restricts(context.policy->default_verdict, *verdict) &&
               KernelHas(context, name.value)) {
      allowed.push_back(name);
    }
  }
  AddAllowed(context, allowed, findings);
  return findings;
}

}  // namespace

extern const Rule kSL303{
    .id = "SL303",
    .name = "dropped-by-libseccomp",
    .severity = Severity::kError,
    .summary = "A rule names a call that is newer than the target's libseccomp.",
    .why =
        "Docker, Mesos and other engines drop a name that their libseccomp does not know, and say "
        "nothing. A call that a rule denies then gets the default, which allows more: the filter "
        "is weaker than the profile. It is a warning where the target's kernel does not have the "
        "call yet, and where the rule allows the call, which then fails all the same. Our own "
        "isolator compiles by number and drops nothing.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["statmount", "listmount"], "action": "SCMP_ACT_ERRNO" } ] }
--target engine=docker,libseccomp=2.5.4)",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] }
--target engine=docker,libseccomp=2.5.4)",
    .source =
        "libcontainer/seccomp/seccomp_linux.go of runc, matchCall(); libseccomp's CHANGELOG; "
        "syscalls(2)",
    .check = &CheckDroppedByLibseccomp,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
