// The ENOSYS horizon of a policy, put before a program that does not have it: libseccomp has no
// rule for "numbers above N".

#pragma once

#include <linux/filter.h>

#include <vector>

#include "schema/policy/policy.h"

namespace schema::filter {

// For each architecture with a horizon: numbers above it without a rule return ENOSYS, all else
// goes on to `program`.
void PrependHorizon(const policy::Policy& policy, std::vector<sock_filter>& program);

}  // namespace schema::filter
