#include <algorithm>
#include <array>
#include <set>

#include "lint/rules/outcome.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/multiplexer.h"

namespace lint::rules {
namespace {

using schema::policy::ArchitecturePolicy;
using schema::policy::Condition;

bool LetsThroughMore(const Outcome& left, const Outcome& right) {
  return Restricts(left.verdict, right.verdict);
}

// The strictest that the call itself gets, on the architecture or, where it has no such call of its
// own (x86 has no accept), on the target's.
std::optional<Outcome> Strictest(const Context& context, const ArchitecturePolicy& part,
                                 const std::string& name) {
  for (const ArchitecturePolicy* each : {&part, &context.policy->architectures.front()}) {
    const auto number = schema::kernel::NumberOf(each->architecture, name);
    if (!number) continue;
    const auto outcomes = OutcomesOf(*context.policy, each->Find(*number),
                                     schema::policy::ArgumentBits(each->architecture));
    return *std::ranges::min_element(outcomes, &LetsThroughMore);
  }
  return std::nullopt;
}

// What the call gets through the multiplexer at most.
struct Through {
  Outcome most;
  bool by_own_rule = false;  // a rule for the call gives it, which libseccomp extends
};

// std::nullopt: two rules contradict each other there, as SL502 and SL503 tell.
std::optional<Through> MostThrough(const Context& context, const ArchitecturePolicy& part,
                                   const schema::kernel::Multiplexed& multiplexed) {
  const auto number = schema::kernel::NumberOf(part.architecture, multiplexed.multiplexer);
  if (!number) return std::nullopt;
  const std::array given = {
      Condition{0, schema::kernel::Operator::kEqual, multiplexed.call, ~std::uint64_t{0}}};
  const auto outcomes = OutcomesOf(*context.policy, part.Find(*number),
                                   schema::policy::ArgumentBits(part.architecture), given);
  const auto audit_token = schema::kernel::Facts(part.architecture).audit_token;
  Through through{*std::ranges::max_element(outcomes, &LetsThroughMore)};
  for (const Outcome& outcome : outcomes) {
    const schema::policy::Call call{audit_token, *number, outcome.arguments};
    if (Decide(*context.policy, call).ambiguous) return std::nullopt;
    if (outcome.clause == nullptr || outcome.verdict != through.most.verdict) continue;
    through.by_own_rule = through.by_own_rule || outcome.clause->through_multiplexer;
    if (!outcome.clause->through_multiplexer) through.most = outcome;  // it has a place to show
  }
  return through;
}

// Whether the rule keeps something of its calls back. A call that no such rule names is not meant
// to be kept from anyone.
bool Restrains(const schema::profile::Rule& rule) {
  return !rule.args.empty() || (rule.action && !MayPass(rule.action->value));
}

std::vector<schema::Related> RelatedTo(const Context& context, const Outcome& most,
                                       const std::string& multiplexer) {
  if (most.clause == nullptr) return {{context.profile->default_action->span, "the default"}};
  if (most.clause->through_multiplexer) return {};
  return {{NameSpan(context, *most.clause), multiplexer + " is named here"}};
}

std::string Help(bool own, bool by_own_rule, const std::string& multiplexer) {
  if (!own && by_own_rule) return "leave that architecture out of the profile";
  if (!own) return "leave that architecture out of the profile, or deny " + multiplexer;
  if (!by_own_rule) return "deny " + multiplexer + ", too";
  return "no filter can check this here: deny it altogether, or keep it away by other means, such "
         "as a namespace or a security module";
}

std::optional<Finding> Bypass(const Context& context, const ArchitecturePolicy& part,
                              const schema::Spanned<std::string>& name) {
  const auto multiplexed = schema::kernel::FindMultiplexed(part.architecture, name.value);
  if (!multiplexed) return std::nullopt;
  const auto direct = Strictest(context, part, name.value);
  const auto through = MostThrough(context, part, *multiplexed);
  if (!direct || !through || !MayPass(through->most.verdict.action) ||
      !Restricts(direct->verdict, through->most.verdict)) {
    return std::nullopt;
  }
  const std::string multiplexer(multiplexed->multiplexer);
  const bool own = &part == &context.policy->architectures.front();
  const std::string where =
      own ? "" : " on " + std::string(schema::kernel::Facts(part.architecture).name);
  return Finding{name.span,
                 name.value + " is reached through " + multiplexer + where +
                     " too, where no filter sees its arguments: all of it gets " +
                     ToString(through->most.verdict) + " there",
                 Help(own, through->by_own_rule, multiplexer),
                 RelatedTo(context, through->most, multiplexer),
                 {}};
}

std::vector<Finding> CheckMultiplexerBypass(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  std::set<std::string> seen;
  for (const auto& [rule, index] : AppliedRules(context)) {
    if (!Restrains(*rule)) continue;
    for (const auto& name : rule->AllNames()) {
      if (!seen.insert(name.value).second) continue;
      for (const ArchitecturePolicy& part : context.policy->architectures) {
        auto finding = Bypass(context, part, name);
        if (!finding) continue;
        findings.push_back(std::move(*finding));
        break;
      }
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL304{
    .id = "SL304",
    .name = "multiplexer-bypass",
    .severity = Severity::kWarning,
    .summary = "A restriction on a call that socketcall or ipc gets past.",
    .why =
        "On x86, s390x, ppc64le and mips one call stands for all of socket, bind, accept and so on: "
        "socketcall(1, args) is socket. Its arguments lie in memory, which a filter cannot read, "
        "so that a condition on socket's has no counterpart there, and libseccomp allows all of "
        "socketcall(1, ...) beside any rule that allows some of socket. A profile that includes "
        "x86 beside x86_64 lets any program in by that door: 64-bit ones may make 32-bit calls.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["socket"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] } ] })",
    .source =
        "socketcall(2), ipc(2); libseccomp's src/arch-x86.c; since Linux 4.3 x86 has the direct "
        "calls as well",
    .check = &CheckMultiplexerBypass,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
