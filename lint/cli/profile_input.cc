#include "lint/cli/profile_input.h"

#include <iostream>
#include <utility>

#include "lint/cli/command_line.h"
#include "lint/cli/paths.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/engine/engine.h"
#include "lint/report/printable.h"
#include "lint/report/text.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/profile/parser.h"

namespace lint::cli {
namespace {

// The findings that say why the text is no complete profile: those of the rules on text, JSON and
// schema.
void PrintFindings(const std::string& name, std::string text,
                   const schema::kernel::Target& target) {
  engine::Options options{{target}, {}};
  for (const char* prefix : {"SL0", "SL1"}) {
    static_cast<void>(options.selection.Select(prefix));
  }
  std::cerr << report::Text(engine::Check(name, std::move(text), options), options.targets, {});
}

}  // namespace

std::optional<ProfileInput> LoadProfile(const std::string& path,
                                        const schema::kernel::Target& target, int& exit_code,
                                        schema::policy::ResolveOptions options) {
  auto text = ReadProfile(path);
  if (!text) {
    exit_code = Complain(text.error().message);
    return std::nullopt;
  }
  const std::string name = DisplayName(path);
  exit_code = kFound;
  schema::json::ReadResult json = schema::json::Read(*text);
  std::optional<schema::profile::Profile> profile;
  if (json.valid) profile = schema::profile::Parse(json.document).profile;
  if (!profile || !profile->complete) {
    PrintFindings(name, std::move(*text), target);
    Complain(name + " is no complete profile: see above");
    return std::nullopt;
  }
  auto policy = schema::policy::Resolve(*profile, target, options);
  if (!policy) {
    Complain(name + ": " + policy.error().message);
    return std::nullopt;
  }
  return ProfileInput{name, std::move(json.document), target, std::move(*profile),
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
