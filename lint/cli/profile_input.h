// One profile and its meaning on one target: what query and compile work on.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lint/cli/command_line.h"
#include "schema/json/document.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/form.h"
#include "schema/profile/profile.h"

namespace lint::cli {

struct ProfileInput {
  std::string name;  // as displayed
  schema::json::Document document;
  schema::kernel::Target target;
  schema::profile::Form form = schema::profile::Form::kDocker;
  schema::profile::Profile profile;
  schema::policy::Policy policy;
};

// Reads, types and resolves the profile, in whatever form. Of a file with several SeccompProfiles
// PATH#NAME is one of them. What is wrong is said on stderr: findings where it is no complete
// profile. std::nullopt: exit with `exit_code`, kFound or kUsage.
std::optional<ProfileInput> LoadProfile(const std::string& path, const ChosenTarget& target,
                                        int& exit_code,
                                        schema::policy::ResolveOptions options = {});

// "FILE:LINE:COLUMN, rule 3: SCMP_ACT_ALLOW if arg0 == 1" for each rule that gives the decision, or
// what does without one. `decision`: of the input's profile, on any target.
std::vector<std::string> Reasons(const ProfileInput& input,
                                 const schema::policy::Decision& decision);

// The same as text, a line each: "  because of REASON".
std::string BecauseText(const ProfileInput& input, const schema::policy::Decision& decision);

}  // namespace lint::cli
