#include "lint/rules/rule.h"
#include "schema/kernel/recent_syscalls.h"
#include "schema/kernel/suggestion.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckUnknownSyscall(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const auto& name : rule.AllNames()) {
      if (context.syscalls.Knows(name.value)) continue;
      if (schema::kernel::FindRecentSyscall(name.value) != nullptr) continue;
      const std::string suggestion =
          schema::kernel::DidYouMean(name.value, context.syscalls.Names());
      // A table that ends at some kernel cannot tell a misspelt name from a newer call's, unless
      // there is a name beside it.
      findings.push_back(
          {name.span,
           context.syscalls.Source() + " knows no system call \"" + name.value + "\"" + suggestion,
           "engines drop such a name in silence: the rule does not apply to it",
           {},
           suggestion.empty() ? std::optional(Severity::kWarning) : std::nullopt});
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
        "library are not always the kernel's.",
    .bad = R"({ "names": ["opne", "read"], "action": "SCMP_ACT_ALLOW" })",
    .good = R"({ "names": ["open", "read"], "action": "SCMP_ACT_ALLOW" })",
    .source = "syscalls(2); libcontainer/seccomp/seccomp_linux.go, matchCall() of runc",
    .check = &CheckUnknownSyscall,
};

}  // namespace lint::rules
