// Profiles by name out of the configured directory, and from nowhere else.

#pragma once

#include <string>

#include "schema/error.h"

namespace runtime::isolator {

// The bytes of the profile `name` in `directory`. A name may have folders; it may not be absolute,
// hold "..", or lead out of the directory by a symbolic link.
// Errors: kInvalid, such a name, or no regular file; kNotFound; kSystem.
schema::Result<std::string> ReadProfileFile(const std::string& directory, const std::string& name);

}  // namespace runtime::isolator
