#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/output_file.h"
#include "lint/cli/profile_input.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/merge/excuse.h"
#include "lint/merge/join.h"
#include "lint/merge/proof.h"
#include "lint/report/printable.h"
#include "schema/profile/write.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;
using schema::Error;
using schema::Result;
using schema::Status;
using schema::kernel::Target;

struct Merged {
  std::string text;
  std::vector<std::string> notes;
};

// Gives each profile the architectures of the joined one. Whether that changed any.
bool ShareArchitectures(std::vector<ProfileInput>& inputs, const schema::profile::Profile& joined) {
  bool differ = false;
  for (ProfileInput& input : inputs) {
    schema::profile::Profile before;
    before.architectures = std::exchange(input.profile.architectures, joined.architectures);
    before.arch_map = std::exchange(input.profile.arch_map, joined.arch_map);
    schema::profile::Profile after;
    after.architectures = joined.architectures;
    after.arch_map = joined.arch_map;
    differ = differ || ToJson(before) != ToJson(after);
  }
  return differ;
}

// That `whole` is the union of the parts. `inputs`: of the parts; with `share`, their architectures
// are changed.
Status Prove(std::vector<ProfileInput>& inputs, std::span<const merge::Part> parts,
             const schema::profile::Profile& whole, const Target& target, bool share) {
  if (share) ShareArchitectures(inputs, whole);
  Status status = merge::CheckUnion(parts, whole, merge::TargetsThatMatter(parts, target));
  if (status || share || !ShareArchitectures(inputs, whole)) return status;
  Error error = std::move(status).error();
  error.message +=
      "; their architectures differ, and no rule is for one alone: with --share-architectures what "
      "a profile allows holds on those of all profiles";
  return error;
}

Result<Merged> MergeAll(std::vector<ProfileInput>& inputs, const Target& target, bool share) {
  std::set<std::string> known;    // found in a part
  std::set<std::string> excused;  // there, too, by a comment that was made like ours
  std::vector<merge::Part> parts;
  for (ProfileInput& input : inputs) {
    known.merge(merge::Findings(input.name, input.document.text, {&target, 1}));
    merge::TakeOutExcuses(input.profile);
    excused.merge(merge::Findings(input.name, ToJson(input.profile), {&target, 1}));
    parts.push_back({report::Printable(input.name), input.document.text, &input.profile});
  }
  auto joined = merge::Join(parts);
  if (!joined) return std::move(joined).error();
  if (Status status = Prove(inputs, parts, joined->profile, target, share); !status) {
    return std::move(status).error();
  }
  const auto found = merge::Excuse(joined->profile, {&target, 1}, known);
  if (!found) return Error(found.error());
  // Names have moved to rules with a comment.
  if (!found->empty()) {
    if (Status status = Prove(inputs, parts, joined->profile, target, share); !status) {
      return std::move(status).error();
    }
  }
  Merged merged{schema::profile::ToJson(joined->profile), std::move(joined->notes)};
  for (const std::string& text : *found) {
    if (!excused.contains(text)) merged.notes.push_back(text);
  }
  return merged;
}

}  // namespace

po::options_description MergeOptions() {
  po::options_description options("Options");
  options.add_options()  //
      ("output,o", po::value<std::string>()->default_value("-"),
       "where to write the profile; - for stdout")  //
      ("share-architectures", po::bool_switch(),
       "what a profile allows holds on the architectures that any of them includes")  //
      ("target", po::value<std::string>()->default_value(""), "as for check");
  return options;
}

int Merge(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values =
      ParseCommandLine("merge PROFILE... [OPTION...]", MergeOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.empty()) return Complain("merge takes one PROFILE or more");
  if (std::ranges::count(operands, "-") > 1) {
    return Complain("only one of the profiles can be the standard input");
  }
  const auto target = OneTarget(*values);
  if (!target) return Complain(target.error().message);
  std::vector<ProfileInput> inputs;
  for (const std::string& operand : operands) {
    auto input = LoadProfile(operand, *target, exit_code);
    if (!input) return exit_code;
    inputs.push_back(std::move(*input));
  }
  const auto merged = MergeAll(inputs, *target, (*values)["share-architectures"].as<bool>());
  if (!merged) {
    Complain(merged.error().message);
    return kFound;
  }
  for (const std::string& note : merged->notes) Complain("note: " + note);
  if (Status status = WriteOutput(PathOf(*values, "output"), merged->text); !status) {
    return Complain(status.error().message);
  }
  return kOk;
}

}  // namespace lint::cli
