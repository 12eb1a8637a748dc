#include <algorithm>
#include <map>
#include <tuple>

#include "lint/rules/edit.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::Span;
using schema::profile::Conditions;

// What a set of conditions says, however it is ordered.
using Gate = std::tuple<std::vector<std::string>, std::vector<std::string>,
                        std::optional<schema::kernel::KernelVersion>>;

std::vector<std::string> Sorted(const std::vector<schema::Spanned<std::string>>& names) {
  std::vector<std::string> sorted;
  sorted.reserve(names.size());
  for (const auto& name : names) sorted.push_back(name.value);
  std::ranges::sort(sorted);
  return sorted;
}

Gate GateOf(const std::optional<Conditions>& conditions) {
  if (!conditions) return {};
  std::optional<schema::kernel::KernelVersion> min_kernel;
  if (conditions->min_kernel) min_kernel = conditions->min_kernel->value;
  return {Sorted(conditions->caps), Sorted(conditions->arches), min_kernel};
}

// All that a rule says of a name.
struct Meaning {
  schema::kernel::Verdict verdict;
  std::vector<std::string> conditions;
  Gate includes;
  Gate excludes;

  friend auto operator<=>(const Meaning&, const Meaning&) = default;
};

// std::nullopt where a part of the rule could not be typed.
std::optional<Meaning> MeaningOf(const schema::profile::Rule& rule) {
  const auto verdict = schema::policy::VerdictOf(rule);
  if (!verdict) return std::nullopt;
  Meaning meaning{*verdict, {}, GateOf(rule.includes), GateOf(rule.excludes)};
  for (const auto& argument : rule.args) {
    const auto condition = schema::policy::ConditionOf(argument);
    if (!condition) return std::nullopt;
    meaning.conditions.push_back(ToString(*condition));
  }
  std::ranges::sort(meaning.conditions);
  return meaning;
}

struct Repeated {
  const schema::Spanned<std::string>* name;
  Span first;
};

// A rule with `name` beside `names` is not touched: SL107.
bool HasBothForms(const schema::profile::Rule& rule) { return rule.name && rule.names_span; }

std::optional<Fix> RemovedRule(const Context& context, const schema::profile::Rule& rule) {
  if (HasBothForms(rule)) return std::nullopt;
  return RemoveRule(context.json.document, rule.span);
}

std::optional<Fix> RemovedName(const Context& context, const schema::profile::Rule& rule,
                               const schema::Spanned<std::string>& name) {
  if (HasBothForms(rule)) return std::nullopt;
  if (rule.AllNames().size() == 1) return RemovedRule(context, rule);
  return FixBy(true, "remove " + Quoted(name.value),
               {RemoveElement(context.json.document, name.span)});
}

Finding RepeatedName(const Context& context, const schema::profile::Rule& rule,
                     const Repeated& repeated) {
  return {repeated.name->span,
          repeated.name->value + " has been given the same before: this has no effect",
          "remove it",
          {{repeated.first, "first named here"}},
          {},
          RemovedName(context, rule, *repeated.name)};
}

Finding RepeatedRule(const Context& context, const schema::profile::Rule& rule,
                     const std::vector<Repeated>& names) {
  return {names.front().name->span,
          "everything in this rule (" + Counted(names.size(), "name") +
              ") has been given the same before: the rule has no effect",
          "remove the rule",
          {{names.front().first, names.front().name->value + " was first named here"}},
          {},
          RemovedRule(context, rule)};
}

std::vector<Finding> CheckDuplicate(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  std::map<Meaning, std::map<std::string_view, Span>> seen;
  for (const auto& [rule, index] : AppliedRules(context)) {
    const auto meaning = MeaningOf(*rule);
    if (!meaning || meaning->verdict == context.policy->default_verdict) continue;  // SL501
    const auto names = rule->AllNames();
    auto& same = seen[*meaning];
    std::vector<Repeated> repeated;
    for (const auto& name : names) {
      const auto [first, added] = same.emplace(name.value, name.span);
      if (!added) repeated.push_back({&name, first->second});
    }
    if (names.size() > 1 && repeated.size() == names.size()) {
      findings.push_back(RepeatedRule(context, *rule, repeated));
    } else {
      for (const Repeated& name : repeated) findings.push_back(RepeatedName(context, *rule, name));
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL504{
    .id = "SL504",
    .name = "duplicate",
    .severity = Severity::kWarning,
    .summary = "A call is given the same action under the same conditions twice.",
    .why =
        "The second one has no effect. Who later removes a call from the list, or changes its "
        "action, finds one of the two and believes it done.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write", "read"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp_rule_add(3)",
    .check = &CheckDuplicate,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
