#include "lint/cli/resolved_profile.h"

#include <boost/json/array.hpp>
#include <utility>

#include "schema/policy/resolve.h"

namespace lint::cli {
namespace {

using boost::json::array;
using boost::json::object;

void AddVerdict(const schema::kernel::Verdict& verdict, const char* action_key,
                const char* errno_key, object& to) {
  const auto& facts = schema::kernel::Facts(verdict.action);
  to[action_key] = facts.scmp_name;
  if (facts.takes_errno) to[errno_key] = verdict.data;
}

object ArgumentObject(const schema::profile::Argument& argument) {
  object out = {{"index", argument.index->value},
                {"value", argument.value->value},
                {"op", schema::kernel::ScmpName(argument.op->value)}};
  if (argument.value_two) out["valueTwo"] = argument.value_two->value;
  return out;
}

object RuleObject(const schema::profile::Rule& rule) {
  array names;
  for (const auto& name : rule.AllNames()) names.emplace_back(name.value);
  object out = {{"names", std::move(names)}};
  AddVerdict(*schema::policy::VerdictOf(rule), "action", "errnoRet", out);
  array args;
  for (const auto& argument : rule.args) args.push_back(ArgumentObject(argument));
  if (!args.empty()) out["args"] = std::move(args);
  return out;
}

// Other forms than Docker's depend on no target: they keep what they say, or do not.
array Architectures(const ProfileInput& input) {
  array architectures;
  if (input.form == schema::profile::Form::kDocker) {
    for (const auto& part : input.policy.architectures) {
      architectures.emplace_back(schema::kernel::Facts(part.architecture).scmp_name);
    }
  } else if (input.profile.architectures) {
    for (const auto& architecture : input.profile.architectures->value) {
      architectures.emplace_back(schema::kernel::Facts(architecture.value).scmp_name);
    }
  }
  return architectures;
}

}  // namespace

object ResolvedObject(const ProfileInput& input) {
  object out;
  AddVerdict(input.policy.default_verdict, "defaultAction", "defaultErrnoRet", out);
  array architectures = Architectures(input);
  if (!architectures.empty()) out["architectures"] = std::move(architectures);
  array flags;
  for (const auto& flag : input.profile.flags) flags.emplace_back(flag.value);
  if (!flags.empty()) out["flags"] = std::move(flags);
  if (input.profile.listener_path) out["listenerPath"] = input.profile.listener_path->value;
  if (input.profile.listener_metadata) {
    out["listenerMetadata"] = input.profile.listener_metadata->value;
  }
  array rules;
  for (const auto& rule : input.profile.syscalls) {
    if (schema::policy::Applies(rule, input.target)) rules.push_back(RuleObject(rule));
  }
  out["syscalls"] = std::move(rules);
  return out;
}

}  // namespace lint::cli
