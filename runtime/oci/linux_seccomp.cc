#include "runtime/oci/linux_seccomp.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/policy/resolve.h"

namespace runtime::oci {
namespace {

using schema::filter::OciRule;
using schema::filter::OciRules;
using schema::policy::Condition;
using schema::profile::Profile;
using schema::profile::Rule;

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// "action":"...","errnoRet":1
std::string VerdictJson(schema::kernel::Verdict verdict, std::string_view action_key,
                        std::string_view errno_key) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  std::string json = Quoted(action_key) + ":" + Quoted(facts.scmp_name);
  if (facts.takes_errno) json += "," + Quoted(errno_key) + ":" + std::to_string(verdict.data);
  return json;
}

template <class Items, class ToText>
std::string List(const Items& items, const ToText& text) {
  std::string json = "[";
  for (const auto& item : items) {
    if (json.size() > 1) json += ',';
    json += text(item);
  }
  return json + "]";
}

std::string ConditionJson(const Condition& condition) {
  const bool masked = condition.op == schema::kernel::Operator::kMaskedEqual;
  std::string json = "{\"index\":" + std::to_string(condition.arg_index) +
                     ",\"value\":" + std::to_string(masked ? condition.mask : condition.value);
  if (masked) json += ",\"valueTwo\":" + std::to_string(condition.value);
  return json + ",\"op\":" + Quoted(schema::kernel::ScmpName(condition.op)) + "}";
}

// The names are those of system calls: nothing in them needs an escape.
std::string RuleJson(const OciRule& rule) {
  std::string json = "{\"names\":" + List(rule.names, Quoted) + "," +
                     VerdictJson(rule.verdict, "action", "errnoRet");
  if (!rule.conditions.empty()) json += ",\"args\":" + List(rule.conditions, ConditionJson);
  return json + "}";
}

bool RepeatsArgument(const std::vector<Condition>& conditions) {
  for (auto one = conditions.begin(); one != conditions.end(); ++one) {
    if (std::any_of(one + 1, conditions.end(),
                    [&](const Condition& other) { return other.arg_index == one->arg_index; })) {
      return true;
    }
  }
  return false;
}

void AddRule(const Rule& rule, OciRules& to) {
  OciRule made;
  for (const auto& name : rule.AllNames()) made.names.push_back(name.value);
  made.verdict = *schema::policy::VerdictOf(rule);
  for (const auto& argument : rule.args) {
    made.conditions.push_back(*schema::policy::ConditionOf(argument));
  }
  if (!RepeatsArgument(made.conditions)) {
    to.rules.push_back(std::move(made));
    return;
  }
  for (const Condition& condition : made.conditions) {
    to.rules.push_back({made.names, made.verdict, {condition}});
  }
}

}  // namespace

OciRules RulesOf(const Profile& profile, const schema::policy::Policy& policy,
                 const schema::kernel::Target& target) {
  OciRules rules;
  rules.default_verdict = policy.default_verdict;
  for (const auto& part : policy.architectures) rules.architectures.push_back(part.architecture);
  for (const Rule& rule : profile.syscalls) {
    if (schema::policy::Applies(rule, target)) AddRule(rule, rules);
  }
  return rules;
}

bool IsResolved(const Profile& profile) {
  return !profile.arch_map && !profile.default_errno_name &&
         std::ranges::none_of(profile.syscalls, [](const Rule& rule) {
           return rule.includes || rule.excludes || rule.name || rule.errno_name;
         });
}

std::string ToJson(const OciRules& rules, const Profile& profile, const std::string& text) {
  const auto source = [&](const auto& spanned) {
    return text.substr(spanned.span.begin, spanned.span.end - spanned.span.begin);
  };
  std::string json = "{" + VerdictJson(rules.default_verdict, "defaultAction", "defaultErrnoRet");
  json += ",\"architectures\":" + List(rules.architectures, [](const auto architecture) {
            return Quoted(schema::kernel::Facts(architecture).scmp_name);
          });
  json += ",\"flags\":" + List(profile.flags, source);
  if (profile.listener_path) json += ",\"listenerPath\":" + source(*profile.listener_path);
  if (profile.listener_metadata) {
    json += ",\"listenerMetadata\":" + source(*profile.listener_metadata);
  }
  return json + ",\"syscalls\":" + List(rules.rules, RuleJson) + "}";
}

}  // namespace runtime::oci
