#include "lint/rules/places.h"

#include <algorithm>
#include <iterator>

#include "schema/policy/resolve.h"

namespace lint::rules {

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string Counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string Listed(const std::vector<std::string>& words, std::size_t at_most) {
  std::string list;
  const std::size_t shown = std::min(words.size(), at_most);
  for (std::size_t i = 0; i < shown; ++i) list += (i == 0 ? "" : ", ") + words[i];
  if (shown < words.size()) list += " and " + std::to_string(words.size() - shown) + " more";
  return list;
}

std::vector<schema::policy::Condition> ConditionsOf(const schema::profile::Rule& rule) {
  std::vector<schema::policy::Condition> conditions;
  for (const auto& argument : rule.args) {
    if (const auto condition = schema::policy::ConditionOf(argument)) {
      conditions.push_back(*condition);
    }
  }
  return conditions;
}

schema::Span Opening(schema::Span span) { return {span.begin, span.begin + 1}; }

schema::Span NameSpan(const Context& context, const schema::policy::Clause& clause) {
  return context.profile->syscalls[clause.rule].AllNames()[clause.name].span;
}

schema::Span ActionSpan(const schema::profile::Rule& rule) {
  return rule.action ? rule.action->span : Opening(rule.span);
}

std::vector<AppliedRule> AppliedRules(const Context& context) {
  std::vector<AppliedRule> applied;
  if (context.profile == nullptr) return applied;
  for (std::size_t i = 0; i < context.profile->syscalls.size(); ++i) {
    const schema::profile::Rule& rule = context.profile->syscalls[i];
    if (schema::policy::Applies(rule, context.target)) applied.push_back({&rule, i});
  }
  return applied;
}

std::vector<schema::Spanned<schema::kernel::Architecture>> OtherArchitectures(
    const Context& context) {
  std::vector<schema::Spanned<schema::kernel::Architecture>> others;
  if (context.profile == nullptr) return others;
  const auto own = context.target.architecture;
  const auto add = [&](const auto& listed) {
    std::ranges::copy_if(listed, std::back_inserter(others),
                         [&](const auto& item) { return item.value != own; });
  };
  if (context.profile->architectures) add(context.profile->architectures->value);
  if (!context.profile->arch_map) return others;
  for (const auto& entry : context.profile->arch_map->value) {
    if (entry.architecture && entry.architecture->value == own) add(entry.subarchitectures);
  }
  return others;
}

}  // namespace lint::rules
