// One profile and its meaning on one target: what query and compile work on.

#pragma once

#include <optional>
#include <string>

#include "schema/json/document.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/profile.h"

namespace lint::cli {

struct ProfileInput {
  std::string name;  // as displayed
  schema::json::Document document;
  schema::kernel::Target target;
  schema::profile::Profile profile;
  schema::policy::Policy policy;
};

// Reads, types and resolves the profile. What is wrong is said on stderr: findings where it is no
// complete profile. std::nullopt: exit with `exit_code`, kFound or kUsage.
std::optional<ProfileInput> LoadProfile(const std::string& path,
                                        const schema::kernel::Target& target, int& exit_code,
                                        schema::policy::ResolveOptions options = {});

// "  because of FILE:LINE:COLUMN, rule 3: SCMP_ACT_ALLOW if arg0 == 1", a line for each rule that
// gives the decision, or that none does. `decision`: of the input's policy.
std::string BecauseText(const ProfileInput& input, const schema::policy::Decision& decision);

}  // namespace lint::cli
