#include "lint/cli/profile_input.h"

#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "lint/cli/command_line.h"
#include "lint/cli/paths.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/engine/engine.h"
#include "lint/engine/profile_file.h"
#include "lint/report/printable.h"
#include "lint/report/text.h"
#include "schema/kernel/syscall.h"
#include "schema/profile/parser.h"

namespace lint::cli {
namespace {

// The findings that say why the text is no complete profile: those of the rules on text, JSON and
// schema.
void PrintFindings(const std::string& name, std::string text, const ChosenTarget& target) {
  engine::Options options{{target}, {}};
  options.all_forms = true;
  options.engine_is_named = target.engine_is_named;
  for (const char* prefix : {"SL0", "SL1"}) {
    static_cast<void>(options.selection.Select(prefix));
  }
  const engine::FileReport file = engine::Check(name, std::move(text), options);
  std::cerr << report::Text(file, TargetsOf(file, options), {});
}

// PATH#NAME, unless there is a file of that very name.
struct NamedPath {
  std::string path;
  std::string name;  // empty: the only profile of the file
};

NamedPath SplitName(const std::string& operand) {
  const std::size_t mark = operand.rfind('#');
  std::error_code ignored;
  if (mark == std::string::npos || std::filesystem::exists(operand, ignored)) return {operand, ""};
  return {operand.substr(0, mark), operand.substr(mark + 1)};
}

// Complains where there is not exactly one.
engine::ParsedProfile* Choose(std::vector<engine::ParsedProfile>& profiles, const NamedPath& from) {
  std::vector<engine::ParsedProfile*> chosen;
  std::string names;
  for (engine::ParsedProfile& profile : profiles) {
    if (from.name.empty() || profile.name == from.name) chosen.push_back(&profile);
    names += (names.empty() ? "" : ", ") + profile.name;
  }
  if (chosen.size() == 1) return chosen.front();
  const std::string file = DisplayName(from.path);
  Complain(chosen.empty() ? file + " has no profile called " + from.name + ", but " + names
                          : file + " has " + std::to_string(chosen.size()) + " profiles: say " +
                                file + "#NAME, with one of " + names);
  return nullptr;
}

// Why a base profile leaves nothing to say.
std::string NeedsBase(const std::string& name, const schema::profile::Profile& profile) {
  return name + ": the operator adds the rules of the base profile " + profile.base_profile->value +
         ", which is not read: what a call gets is not known from this file";
}

}  // namespace

std::optional<ProfileInput> LoadProfile(const std::string& path, const ChosenTarget& target,
                                        int& exit_code, schema::policy::ResolveOptions options) {
  const NamedPath from = SplitName(path);
  auto text = ReadProfile(from.path);
  if (!text) {
    exit_code = Complain(text.error().message);
    return std::nullopt;
  }
  const std::string name = DisplayName(path);
  exit_code = kFound;
  engine::ProfileFile file = engine::ReadProfileFile(from.path, *text, true);
  engine::ParsedProfile* parsed = nullptr;
  if (!file.profiles.empty()) {
    parsed = Choose(file.profiles, from);
    if (parsed == nullptr) return std::nullopt;
  }
  std::vector<schema::kernel::Target> targets = {target};
  if (parsed != nullptr && !target.engine_is_named) engine::SetEngineFor(parsed->form, targets);
  if (parsed != nullptr && parsed->form == schema::profile::Form::kOci &&
      targets.front().engine != schema::kernel::Engine::kOci) {
    // What such an engine makes of a config, as check has it.
    parsed->parsed = schema::profile::Parse(file.text.document);
  }
  if (parsed == nullptr || !parsed->parsed.profile || !parsed->parsed.profile->complete) {
    PrintFindings(DisplayName(from.path), std::move(*text), target);
    Complain(name + " is no complete profile: see above");
    return std::nullopt;
  }
  schema::profile::Profile& profile = *parsed->parsed.profile;
  if (profile.base_profile) {
    Complain(NeedsBase(name, profile));
    return std::nullopt;
  }
  auto policy = schema::policy::Resolve(profile, targets.front(), options);
  if (!policy) {
    Complain(name + ": " + policy.error().message);
    return std::nullopt;
  }
  return ProfileInput{name,
                      std::move(file.text.document),
                      targets.front(),
                      parsed->form,
                      std::move(profile),
                      std::move(*policy)};
}

std::vector<std::string> Reasons(const ProfileInput& input,
                                 const schema::policy::Decision& decision) {
  if (decision.because.empty()) {
    if (decision.verdict == input.policy.default_verdict) return {"the default: no rule applies"};
    // What Decide() gives without a rule beside the default.
    return {decision.verdict.action == schema::kernel::Action::kErrno
                ? "the horizon: the profile names no call of so high a number"
                : "the ABI of the call: the profile does not include it"};
  }
  std::vector<std::string> reasons;
  for (const schema::policy::Clause* clause : decision.because) {
    const auto position =
        schema::Locate(input.document.text, input.profile.syscalls[clause->rule].span.begin);
    std::string reason = report::Printable(input.name) + ":" + std::to_string(position.line) + ":" +
                         std::to_string(position.column) + ", rule " +
                         std::to_string(clause->rule) + ": " + ToString(clause->verdict);
    for (std::size_t i = 0; i < clause->conditions.size(); ++i) {
      reason += (i == 0 ? " if " : " and ") + ToString(clause->conditions[i]);
    }
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

std::string BecauseText(const ProfileInput& input, const schema::policy::Decision& decision) {
  std::string out;
  for (const std::string& reason : Reasons(input, decision)) {
    out += "  because of " + reason + "\n";
  }
  return out;
}

}  // namespace lint::cli
