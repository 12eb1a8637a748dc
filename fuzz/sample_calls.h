// Calls that tell policies apart: what an oracle tries where trying all is impossible.

#pragma once

#include <vector>

#include "schema/policy/policy.h"

namespace fuzz {

// For each call that the policy has rules for: arguments that meet each rule, and those around
// every value that its conditions name, in the low word and in the high one. Beside these the
// borders of the numbers of each architecture, and an architecture that no policy includes.
std::vector<schema::policy::Call> CallsAround(const schema::policy::Policy& policy);

}  // namespace fuzz
