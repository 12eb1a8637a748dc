#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Action;

constexpr std::size_t kMostRules = 128;

Finding Refused(schema::Span span, const std::string& what, std::string help) {
  return {span,
          what + ": a profile in the Kubernetes API may not have that (KEP-6061)",
          std::move(help),
          {},
          {}};
}

std::vector<Finding> CheckKubernetesLimits(const Context& context) {
  if (context.profile == nullptr) return {};
  const schema::profile::Profile& profile = *context.profile;
  std::vector<Finding> findings;
  const auto add_notify = [&](const std::optional<schema::Spanned<Action>>& action) {
    if (!action || action->value != Action::kNotify) return;
    findings.push_back(Refused(action->span, "SCMP_ACT_NOTIFY hands calls to another process",
                               "keep the profile in a file on the node, or decide without it"));
  };
  add_notify(profile.default_action);
  for (const auto& rule : profile.syscalls) add_notify(rule.action);
  const auto add_listener = [&](const auto& key, const std::string& name) {
    if (!key) return;
    findings.push_back(Refused(key->span, Quoted(name) + " names what listens on the node",
                               "remove it, with SCMP_ACT_NOTIFY"));
  };
  add_listener(profile.listener_path, "listenerPath");
  add_listener(profile.listener_metadata, "listenerMetadata");
  if (profile.syscalls.size() > kMostRules) {
    findings.push_back(Refused(Opening(profile.syscalls[kMostRules].span),
                               "\"syscalls\" has " + Counted(profile.syscalls.size(), "rule") +
                                   ", more than " + std::to_string(kMostRules),
                               "put the calls with the same action and conditions into one rule"));
  }
  return findings;
}

}  // namespace

extern const Rule kSL405{
    .id = "SL405",
    .name = "kubernetes-limits",
    .severity = Severity::kWarning,
    .on_by_default = false,
    .summary = "The profile has what Kubernetes refuses in a profile that it keeps itself.",
    .why =
        "KEP-6061 has profiles as objects of the API, and bounds them: no SCMP_ACT_NOTIFY, no "
        "listener, at most 128 rules and 1 MiB (SL005). A profile beyond that can only be a file "
        "on each node, to which a pod refers by localhostProfile. Not asked unless selected: it "
        "is nothing to whoever has no such objects.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/agent.sock", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_NOTIFY" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source = "KEP-6061 of kubernetes/enhancements",
    .check = &CheckKubernetesLimits,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
