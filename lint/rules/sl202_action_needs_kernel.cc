#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/action.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Action;
using schema::kernel::KernelVersion;

constexpr KernelVersion kFirstWithFilters{3, 5};  // before: SL201

void CheckAction(const Context& context, const std::optional<Spanned<Action>>& action,
                 std::vector<Finding>& findings) {
  if (!action) return;
  const auto& facts = schema::kernel::Facts(action->value);
  if (facts.since <= context.target.kernel) return;
  findings.push_back(
      {action->span,
       std::string(facts.scmp_name) + " needs Linux " + ToString(facts.since) +
           ", the target's kernel is older: libseccomp refuses the rule and the container does not start",
       "use SCMP_ACT_ERRNO, SCMP_ACT_KILL or SCMP_ACT_ALLOW, which every kernel "
       "with filters has",
       {},
       {}});
}

std::vector<Finding> CheckActionNeedsKernel(const Context& context) {
  if (context.profile == nullptr || context.target.kernel < kFirstWithFilters) return {};
  std::vector<Finding> findings;
  CheckAction(context, context.profile->default_action, findings);
  for (const auto& [rule, index] : AppliedRules(context)) {
    CheckAction(context, rule->action, findings);
  }
  return findings;
}

}  // namespace

extern const Rule kSL202{
    .id = "SL202",
    .name = "action-needs-kernel",
    .severity = Severity::kError,
    .summary = "An action that the target's kernel does not have.",
    .why =
        "SCMP_ACT_LOG and SCMP_ACT_KILL_PROCESS came with Linux 4.14, SCMP_ACT_NOTIFY with 5.0. "
        "On an older kernel libseccomp refuses the rule and the container does not start.",
    .bad = R"({ "defaultAction": "SCMP_ACT_LOG" }
--target kernel=4.9)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target kernel=4.9)",
    .source = "seccomp(2); seccomp_rule_add(3)",
    .check = &CheckActionNeedsKernel,
};

}  // namespace lint::rules
