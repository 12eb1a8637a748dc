// Reads a profile's bytes, no more of them than a profile may have.

#pragma once

#include <string>

#include "schema/error.h"

namespace schema::json {

// All of the descriptor up to kMaxBytes + 1: Read() then reports a file that is too large, however
// large it is. Errors: kSystem, read(2) failed.
Result<std::string> ReadDescriptor(int fd);

// Errors: kNotFound or kSystem with the path, a directory included.
Result<std::string> ReadFile(const std::string& path);

}  // namespace schema::json
