#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/action.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/libseccomp_release.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Action;
using schema::kernel::Architecture;
using schema::kernel::Engine;
using schema::kernel::LibseccompVersion;

// Collects what needs a newer libseccomp than the target's.
class Collector {
 public:
  explicit Collector(const Context& context) : context_(context) {}

  void Add(schema::Span span, std::string_view what, LibseccompVersion since,
           std::string_view effect) {
    if (since <= context_.target.libseccomp.version) return;
    findings_.push_back({span,
                         std::string(what) + " needs libseccomp " + ToString(since) +
                             ", the target's is older: " + std::string(effect),
                         "leave it out of this profile, or use a newer libseccomp",
                         {},
                         {}});
  }

  void AddAction(const std::optional<Spanned<Action>>& action) {
    if (!action) return;
    const auto& facts = schema::kernel::Facts(action->value);
    Add(action->span, facts.scmp_name, facts.libseccomp_since,
        "it refuses the rule and the container does not start");
  }

  void AddArchitecture(schema::Span span, Architecture architecture) {
    Add(span, schema::kernel::Facts(architecture).scmp_name,
        schema::kernel::LibseccompSince(architecture),
        "the engine takes it for an unknown architecture and does not start the container");
  }

  std::vector<Finding> Take() && { return std::move(findings_); }

 private:
  const Context& context_;
  std::vector<Finding> findings_;
};

void AddActions(const Context& context, Collector& collector) {
  collector.AddAction(context.profile->default_action);
  for (const auto& [rule, index] : AppliedRules(context)) collector.AddAction(rule->action);
}

// Those that the target includes; its own last, which no place in the profile may name.
void AddArchitectures(const Context& context, Collector& collector) {
  for (const auto& item : OtherArchitectures(context)) {
    collector.AddArchitecture(item.span, item.value);
  }
  collector.AddArchitecture(Opening(context.profile->span), context.target.architecture);
}

// Mesos has no flags, and our own engine sets them by seccomp(2) without libseccomp.
void AddFlags(const Context& context, Collector& collector) {
  const Engine engine = context.target.engine;
  if (engine != Engine::kDocker && engine != Engine::kOci) return;
  for (const auto& name : context.profile->flags) {
    const auto* flag = schema::kernel::FindFilterFlag(name.value);
    if (flag == nullptr || !flag->libseccomp_since) continue;
    collector.Add(name.span, name.value, *flag->libseccomp_since,
                  "runc, which sets flags by libseccomp, does not start the container; crun, which "
                  "loads the filter itself, does");
  }
}

std::vector<Finding> CheckLibseccompTooOld(const Context& context) {
  if (context.profile == nullptr) return {};
  Collector collector(context);
  AddArchitectures(context, collector);
  AddActions(context, collector);
  AddFlags(context, collector);
  return std::move(collector).Take();
}

}  // namespace

extern const Rule kSL204{
    .id = "SL204",
    .name = "libseccomp-too-old",
    .severity = Severity::kError,
    .summary = "An action, architecture or flag that the target's libseccomp does not have.",
    .why =
        "SCMP_ACT_LOG and SCMP_ACT_KILL_PROCESS came with libseccomp 2.4.0, SCMP_ACT_NOTIFY and "
        "riscv64 with 2.5.0, loongarch64, m68k and sh with 2.6.0. Engines refuse a profile that "
        "their libseccomp cannot express: the container does not start. runc sets the flags "
        "LOG (2.4.0), SPEC_ALLOW (2.5.0) and WAIT_KILLABLE_RECV (2.6.0) by libseccomp, too.",
    .bad = R"({ "defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" } ] }
--target libseccomp=2.3.3)",
    .good = R"({ "defaultAction": "SCMP_ACT_KILL", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" } ] }
--target libseccomp=2.3.3)",
    .source =
        "libseccomp's CHANGELOG; seccomp_attr_set(3); libcontainer/seccomp/seccomp_linux.go of "
        "runc, InitSeccomp(); src/libcrun/seccomp.c of crun",
    .check = &CheckLibseccompTooOld,
    .reads = Reads::kTarget,
};

}  // namespace lint::rules
