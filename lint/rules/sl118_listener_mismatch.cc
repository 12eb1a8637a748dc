#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::Span;
using schema::kernel::Action;
using schema::profile::Profile;

bool Notifies(const std::optional<schema::Spanned<Action>>& action) {
  return action && action->value == Action::kNotify;
}

// Every place that notifies on the target.
std::vector<Span> NotifyingPlaces(const Context& context) {
  std::vector<Span> places;
  if (Notifies(context.profile->default_action)) {
    places.push_back(context.profile->default_action->span);
  }
  for (const auto& [rule, index] : AppliedRules(context)) {
    if (Notifies(rule->action)) places.push_back(rule->action->span);
  }
  return places;
}

bool NotifiesAnywhere(const Profile& profile) {
  return Notifies(profile.default_action) ||
         std::ranges::any_of(profile.syscalls,
                             [](const auto& rule) { return Notifies(rule.action); });
}

// Harmless: whoever loads the filter leaves them away.
std::vector<Finding> FlagsOfAListener(const Profile& profile) {
  std::vector<Finding> findings;
  if (!profile.complete || NotifiesAnywhere(profile)) return findings;
  for (const auto& flag : profile.flags) {
    if (flag.value != "SECCOMP_FILTER_FLAG_NEW_LISTENER" &&
        flag.value != "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") {
      continue;
    }
    findings.push_back({flag.span,
                        flag.value + " without SCMP_ACT_NOTIFY: no filter gets a listener",
                        "remove the flag, or give the calls to supervise SCMP_ACT_NOTIFY",
                        {},
                        Severity::kWarning});
  }
  return findings;
}

std::vector<Finding> CheckListenerMismatch(const Context& context) {
  if (context.profile == nullptr) return {};
  const Profile& profile = *context.profile;
  // Docker leaves an empty path away.
  if (profile.listener_path && !profile.listener_path->value.empty()) {
    if (!profile.complete || NotifiesAnywhere(profile)) return {};
    return {{profile.listener_path->span,
             "\"listenerPath\" is set and no rule has SCMP_ACT_NOTIFY: runc ignores it, crun does "
             "not start the container when nobody listens there",
             "give the calls to supervise SCMP_ACT_NOTIFY, or remove \"listenerPath\"",
             {},
             {}}};
  }
  const std::vector<Span> places = NotifyingPlaces(context);
  if (places.empty()) return FlagsOfAListener(profile);
  std::vector<schema::Related> others;
  for (std::size_t i = 1; i < places.size(); ++i) others.push_back({places[i], "and here"});
  const bool is_ours = context.target.engine == schema::kernel::Engine::kIsolator;
  return {{places.front(),
           is_ours ? "SCMP_ACT_NOTIFY without a \"listenerPath\": the launch is refused, since "
                     "nobody listens"
                   : "SCMP_ACT_NOTIFY without a \"listenerPath\": runc does not start the "
                     "container, and under crun the call fails with ENOSYS, since nobody listens",
           "set \"listenerPath\" to the Unix socket of the program that decides these calls",
           std::move(others),
           {}}};
}

}  // namespace

extern const Rule kSL118{
    .id = "SL118",
    .name = "listener-mismatch",
    .severity = Severity::kError,
    .summary = "SCMP_ACT_NOTIFY without `listenerPath`, or the other way round.",
    .why =
        "The runtime hands the notifications of the filter to the program that listens on the "
        "socket `listenerPath`. Without one runc does not start the container (\"listenerPath is "
        "not set\"), nor does our isolator; the kernel lets a call without a listener fail with "
        "ENOSYS. The flags NEW_LISTENER and WAIT_KILLABLE_RECV are for filters with a listener.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_NOTIFY" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/seccomp-agent.socket",
  "syscalls": [ { "names": ["mount"], "action": "SCMP_ACT_NOTIFY" } ] })",
    .source =
        "seccomp_unotify(2); config-linux.md of the OCI runtime specification, listenerPath; "
        "libcontainer/process_linux.go of runc",
    .check = &CheckListenerMismatch,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
