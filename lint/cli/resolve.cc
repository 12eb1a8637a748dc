#include <boost/json/serialize.hpp>
#include <iostream>
#include <string>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/resolved_profile.h"
#include "lint/cli/seccomp_lint.h"
#include "schema/policy/conflict.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

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
  std::cout << boost::json::serialize(ResolvedObject(*input)) << "\n";
  if (auto status = schema::policy::RefuseConflicts(input->policy); !status) {
    Complain(input->name + ": " + status.error().message +
             ": what engines make of it is not defined");
    return kFound;
  }
  return kOk;
}

}  // namespace lint::cli
