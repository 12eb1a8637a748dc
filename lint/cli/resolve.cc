#include "schema/policy/resolve.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <string>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "schema/policy/conflict.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
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

// linux.seccomp of an OCI runtime's config.json: https://github.com/opencontainers/runtime-spec,
// config-linux.md.
object OciObject(const ProfileInput& input) {
  object out;
  AddVerdict(input.policy.default_verdict, "defaultAction", "defaultErrnoRet", out);
  array architectures;
  for (const auto& part : input.policy.architectures) {
    architectures.emplace_back(schema::kernel::Facts(part.architecture).scmp_name);
  }
  out["architectures"] = std::move(architectures);
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

}  // namespace

po::options_description ResolveOptions() {
  po::options_description options("Options");
  options.add_options()("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Resolve(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("resolve PROFILE [OPTION...]", ResolveOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("resolve takes one PROFILE");
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  const auto input = LoadProfile(operands[0], *target, exit_code);
  if (!input) return exit_code;
  std::cout << boost::json::serialize(OciObject(*input)) << "\n";
  if (auto status = schema::policy::RefuseConflicts(input->policy); !status) {
    Complain(input->name + ": " + status.error().message +
             ": what engines make of it is not defined");
    return kFound;
  }
  return kOk;
}

}  // namespace lint::cli
