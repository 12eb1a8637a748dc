#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lint/cli/change.h"
#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/diff_report.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "schema/policy/difference.h"
#include "schema/policy/resolve.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::kernel::Target;
using schema::profile::Profile;
using Words = std::vector<std::string>;

using Architectures = std::vector<schema::kernel::Architecture>;

// Those that either policy includes, in the order of the old one.
Architectures Included(const schema::policy::Policy& old_policy,
                       const schema::policy::Policy& new_policy) {
  Architectures architectures;
  for (const auto* policy : {&old_policy, &new_policy}) {
    for (const auto& part : policy->architectures) {
      if (std::ranges::find(architectures, part.architecture) == architectures.end()) {
        architectures.push_back(part.architecture);
      }
    }
  }
  return architectures;
}

// Targets for which both profiles mean the same are compared once.
schema::Result<std::vector<TargetDifferences>> Compare(const Profile& old_profile,
                                                       const Profile& new_profile,
                                                       const std::vector<Target>& targets,
                                                       schema::policy::ResolveOptions options) {
  using schema::policy::KeyOf;
  std::map<std::pair<schema::policy::ResolutionKey, schema::policy::ResolutionKey>,
           std::vector<std::size_t>>
      alike;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    alike[{KeyOf(old_profile, targets[i]), KeyOf(new_profile, targets[i])}].push_back(i);
  }
  std::vector<TargetDifferences> groups;
  for (auto& [key, indices] : alike) {
    const Target& target = targets[indices.front()];
    const auto old_policy = schema::policy::Resolve(old_profile, target, options);
    if (!old_policy) return old_policy.error();
    const auto new_policy = schema::policy::Resolve(new_profile, target, options);
    if (!new_policy) return new_policy.error();
    auto differences = schema::policy::FindDifferences(*old_policy, *new_policy);
    if (!differences) {
      return std::move(differences).error().While("for " + ToString(target));
    }
    groups.push_back(
        {std::move(indices), Included(*old_policy, *new_policy), std::move(*differences)});
  }
  return groups;
}

}  // namespace

po::options_description DiffOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("format", po::value<std::string>()->default_value("text"),
       "text, json, or markdown for a comment on a pull request")  //
      ("fail-on", po::value<std::string>()->default_value("any"),
       "exit 1 on: any change, or only on a wider one, where a call gets a more permissive "
       "action")                                                                     //
      ("target", po::value<Words>()->composing(), "as for check; may mean several")  //
      ("targets", po::value<std::string>()->default_value(""),
       "a JSON list of targets, as strings of --target")  //
      ("horizon", po::bool_switch(),
       "with a default of SCMP_ACT_ERRNO, numbers above the highest that a profile names get "
       "ENOSYS, as with runc");
  return options;
}

int Diff(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("diff OLD NEW [OPTION...]", DiffOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 2) return Complain("diff takes two profiles: OLD NEW");
  if (operands[0] == "-" && operands[1] == "-") {
    return Complain("only one of the two profiles can be the standard input");
  }
  const std::string format = (*values)["format"].as<std::string>();
  if (format != "text" && format != "json" && format != "markdown") {
    return Complain("--format takes text, json or markdown, not \"" + format + "\"");
  }
  const std::string fail_on = (*values)["fail-on"].as<std::string>();
  if (fail_on != "any" && fail_on != "wider") {
    return Complain("--fail-on takes any or wider, not \"" + fail_on + "\"");
  }
  const auto texts = TargetTexts(*values);
  if (!texts) return Complain(texts.error().message);
  const auto targets = Targets(*texts);
  if (!targets) return Complain(targets.error().message);

  const ChosenTarget first(targets->front(), NamesEngine(*texts));
  // 1 says that there are changes: what cannot be compared is a 2.
  const auto old_input = LoadProfile(operands[0], first, exit_code);
  const auto new_input = LoadProfile(operands[1], first, exit_code);
  if (!old_input || !new_input) return kUsage;
  const auto groups = Compare(old_input->profile, new_input->profile, *targets,
                              {.enosys_horizon = (*values)["horizon"].as<bool>()});
  if (!groups) {
    return Complain(old_input->name + " and " + new_input->name + ": " + groups.error().message);
  }
  const std::vector<Change> changes = Gather(*groups, *targets);
  std::set<schema::kernel::Architecture> compared;
  for (const TargetDifferences& group : *groups) {
    compared.insert(group.architectures.begin(), group.architectures.end());
  }
  const DiffReport report{old_input->name, new_input->name, changes, *targets, compared};
  std::cout << (format == "json"       ? DiffJson(report)
                : format == "markdown" ? DiffMarkdown(report)
                                       : DiffText(report));
  const bool fails = std::ranges::any_of(
      changes, [&](const Change& change) { return fail_on == "any" || Widens(change.effect); });
  return fails ? kFound : kOk;
}

}  // namespace lint::cli
