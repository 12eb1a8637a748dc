#include "lint/rules/permissiveness.h"
#include "lint/rules/rule.h"
#include "schema/kernel/recent_syscalls.h"
#include "schema/kernel/suggestion.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::profile::Profile;

// Whether the rule takes something away from its calls, and so is missed where it is dropped.
bool Denies(const schema::profile::Rule& rule, const Profile& profile) {
  const auto verdict = schema::policy::VerdictOf(rule);
  const auto otherwise = schema::policy::DefaultVerdictOf(profile);
  return verdict && otherwise && Restricts(*verdict, *otherwise);
}

// People write the names of the kernel's functions and of the headers' constants, too.
std::string Suggestion(const Context& context, std::string_view name) {
  for (const std::string_view prefix : {"sys_", "SYS_", "__NR_", "__x64_sys_"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (context.syscalls.Knows(rest)) return ", did you mean \"" + std::string(rest) + "\"?";
  }
  return schema::kernel::DidYouMean(name, context.syscalls.Names());
}

std::vector<Finding> CheckUnknownSyscall(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const auto& name : rule.AllNames()) {
      if (name.value.empty() || context.syscalls.Knows(name.value)) continue;
      if (schema::kernel::FindRecentSyscall(name.value) != nullptr) continue;
      const bool denies = Denies(rule, *context.profile);
      const std::string suggestion = Suggestion(context, name.value);
      // A table that ends at some kernel cannot tell a misspelt name from a newer call's, unless
      // there is a name beside it. To deny a call that is not denied is an error either way.
      const bool certain = denies || !suggestion.empty();
      findings.push_back(
          {name.span,
           context.syscalls.Source() + " knows no system call \"" + name.value + "\"" + suggestion,
           denies ? "engines drop such a name in silence: the call is not denied"
                  : "engines drop such a name in silence: the rule does not apply to it",
           {},
           certain ? std::nullopt : std::optional(Severity::kWarning)});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL301{
    .id = "SL301",
    .name = "unknown-syscall",
    .severity = Severity::kError,
    .summary = "A name is no system call of any kernel and architecture.",
    .why =
        "Engines drop a name that their libseccomp does not know, and say nothing: a call that "
        "should be allowed fails, and a call that should be denied is not. Names of the C "
        "library are not always the kernel's: umount() is umount2, execv() is execve.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "opne", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "open", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "syscalls(2); libcontainer/seccomp/seccomp_linux.go of runc, matchCall()",
    .check = &CheckUnknownSyscall,
};

}  // namespace lint::rules
