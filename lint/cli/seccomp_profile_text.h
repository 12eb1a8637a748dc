// A profile as a SeccompProfile of Kubernetes' security-profiles-operator, in YAML.

#pragma once

#include <string>

#include "lint/cli/profile_input.h"
#include "schema/error.h"

namespace lint::cli {

// `name`: of the resource. Errors: kInvalid, the name is none that Kubernetes takes; kUnsupported,
// with FILE:LINE:COLUMN, what the form cannot say: a default error other than EPERM, an error
// number 0, a value beyond 2^63-1, an architecture or flag that the operator does not know.
schema::Result<std::string> SeccompProfileText(const ProfileInput& input, const std::string& name);

}  // namespace lint::cli
