// The runtime that we stand before: runc or crun.

#pragma once

#include <string>

#include "schema/error.h"

namespace runtime::oci {

// Whether crun takes programs: its name for the annotation must be in the file. Errors:
// kUnsupported, it is not; kSystem.
schema::Status CheckTakesPrograms(const std::string& path);

// Whether runc compiles with the libseccomp that this program has: proofs of what it makes hold for
// that release alone. Runs `PATH --version`. Errors: kUnsupported, another one, or it says none;
// kSystem.
schema::Status CheckSameLibrary(const std::string& path);

}  // namespace runtime::oci
