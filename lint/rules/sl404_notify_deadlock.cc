#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Action;

std::vector<Finding> CheckNotifyDeadlock(const Context& context) {
  // Ours asks for nothing but execve between the filter and the program.
  const bool is_ours = context.target.engine == schema::kernel::Engine::kIsolator;
  if (context.policy == nullptr || is_ours) return {};
  if (context.policy->default_verdict.action == Action::kNotify) {
    return {{context.profile->default_action->span,
             "SCMP_ACT_NOTIFY is the default: the calls by which the runtime hands on the listener "
             "wait for the listener themselves; runc refuses such a profile",
             "take another default, and give SCMP_ACT_NOTIFY to the calls that are supervised",
             {},
             {}}};
  }
  const auto& part = context.policy->architectures.front();
  const auto number = schema::kernel::NumberOf(part.architecture, "write");
  const auto* call = number ? part.Find(*number) : nullptr;
  if (call == nullptr) return {};
  const auto notifies = std::ranges::find(call->clauses, Action::kNotify,
                                          [](const auto& clause) { return clause.verdict.action; });
  if (notifies == call->clauses.end()) return {};
  return {{NameSpan(context, *notifies),
           "write gets SCMP_ACT_NOTIFY before anybody listens: it is with write that the process "
           "hands on the listener; runc refuses such a profile",
           "allow write without asking",
           {},
           {}}};
}

}  // namespace

extern const Rule kSL404{
    .id = "SL404",
    .name = "notify-deadlock",
    .severity = Severity::kError,
    .summary = "SCMP_ACT_NOTIFY is the default, or what write gets (other engines than ours).",
    .why =
        "A call with SCMP_ACT_NOTIFY waits until the program behind `listenerPath` decides. The "
        "filter is loaded before that program has the listener: it gets it by calls of the very "
        "process that the filter is on. If those have to ask, all wait for each other for ever. "
        "runc and youki refuse it as the default and on write. sendmsg, read "
        "and close may ask: runc's parent and a helper of crun without the filter send the "
        "listener. Our isolator starts with any of them (`engine=isolator` never gets this "
        "finding): a thread without the filter hands the listener on, and execve, the one call in "
        "between, may ask.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/seccomp-agent.socket",
  "syscalls": [ { "names": ["write"], "action": "SCMP_ACT_NOTIFY" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/seccomp-agent.socket",
  "syscalls": [ { "names": ["mount"], "action": "SCMP_ACT_NOTIFY" } ] })",
    .source =
        "seccomp_unotify(2); libcontainer/seccomp/seccomp_linux.go of runc, InitSeccomp(); "
        "src/libcrun/seccomp.c of crun, helper_proc",
    .check = &CheckNotifyDeadlock,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
