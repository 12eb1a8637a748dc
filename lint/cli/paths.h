// From the paths of a command line to the profiles to check.

#pragma once

#include <string>
#include <vector>

#include "schema/error.h"

namespace lint::cli {

// A file stands for itself, a folder for its *.json, recursively and sorted (links to folders are
// not followed), "-" for the standard input.
// Errors: kNotFound or kSystem, with the path.
schema::Result<std::vector<std::string>> FindProfiles(const std::string& path);

// The bytes of a path as FindProfiles gives it.
schema::Result<std::string> ReadProfile(const std::string& path);

// "<stdin>" for "-".
std::string DisplayName(const std::string& path);

}  // namespace lint::cli
