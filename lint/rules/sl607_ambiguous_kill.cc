#include "lint/rules/dangerous.h"
#include "lint/rules/outcome.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Action;

// Whether a process under the profile can have a second thread.
bool CanHaveThreads(const Context& context) {
  const auto& part = context.policy->architectures.front();
  return PassesSomehow(*context.policy, part, "clone") ||
         PassesSomehow(*context.policy, part, "clone3");
}

std::vector<Finding> CheckAmbiguousKill(const Context& context) {
  if (context.policy == nullptr || !CanHaveThreads(context) || !IsSandbox(*context.profile)) {
    return {};
  }
  std::vector<schema::Span> places;
  const std::string_view text = context.json.document.text;
  const auto add = [&](const std::optional<schema::Spanned<Action>>& action) {
    if (!action || action->value != Action::kKillThread) return;
    const auto& span = action->span;
    const std::string_view written = text.substr(span.begin, span.end - span.begin);
    if (written.find("SCMP_ACT_KILL_THREAD") == std::string_view::npos) places.push_back(span);
  };
  add(context.profile->default_action);
  for (const auto& [rule, index] : AppliedRules(context)) add(rule->action);
  if (places.empty()) return {};
  std::vector<schema::Related> others;
  for (std::size_t i = 1; i < places.size(); ++i) others.push_back({places[i], "and here"});
  return {{places.front(),
           "SCMP_ACT_KILL kills the thread that makes the call, not the process: the other threads "
           "go on, and wait for ever for locks that the dead one held",
           "write SCMP_ACT_KILL_PROCESS (Linux 4.14, libseccomp 2.4), or SCMP_ACT_KILL_THREAD if a "
           "thread is meant",
           std::move(others),
           {}}};
}

}  // namespace

extern const Rule kSL607{
    .id = "SL607",
    .name = "ambiguous-kill",
    .severity = Severity::kInfo,
    .summary = "SCMP_ACT_KILL kills a thread, where a process can have several.",
    .why =
        "SCMP_ACT_KILL is the older name of SCMP_ACT_KILL_THREAD: the kernel ends the one thread "
        "that made the call, without a chance to unlock anything. A program of several threads "
        "then hangs instead of ending, and nobody restarts the container. Nothing is said where "
        "neither clone nor clone3 is allowed, and so no second thread can be, and of a profile of "
        "less than ten names.",
    .bad = R"({ "defaultAction": "SCMP_ACT_KILL", "syscalls": [
  { "names": ["execve", "exit_group", "read", "write", "close", "openat", "brk", "mmap", "mprotect",
      "munmap", "clone"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
  { "names": ["execve", "exit_group", "read", "write", "close", "openat", "brk", "mmap", "mprotect",
      "munmap", "clone"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp(2), SECCOMP_RET_KILL_THREAD; seccomp_init(3), SCMP_ACT_KILL",
    .check = &CheckAmbiguousKill,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
