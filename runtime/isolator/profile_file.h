// The bytes of profiles, no more of them than a profile may have: by name out of the configured
// directory, or by a path that somebody has given.

#pragma once

#include <string>

#include "schema/error.h"

namespace runtime::isolator {

// The bytes of the profile `name` in `directory`. A name may have folders; it may not be absolute,
// hold "..", or lead out of the directory by a symbolic link.
// Errors: kInvalid, such a name, or no regular file; kNotFound; kSystem.
schema::Result<std::string> ReadProfileFile(const std::string& directory, const std::string& name);

// Of the profile at `path`, links followed: of no fifo or device, for which a launch could wait for
// ever. Errors: the same.
schema::Result<std::string> ReadProfileAt(const std::string& path);

}  // namespace runtime::isolator
