// The text of a Profile.

#pragma once

#include <string>

#include "schema/profile/profile.h"

namespace schema::profile {

// JSON as profiles/default.json is laid out: two spaces a level, a member a line, what fits into
// 100 columns on one. Whatever Parse() reads of it is equal to `profile` but for the spans; `name`
// becomes `names`, and an absent key stays absent. What could not be typed is not there: `profile`
// is complete.
std::string ToJson(const Profile& profile);

}  // namespace schema::profile
