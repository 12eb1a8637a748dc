// Files that a command writes.

#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace lint::cli {

// Writes `bytes` to `path`, - for the standard output, of which main() tells what failed. Nobody
// sees half of a file, and where that fails the old one is still there: it is written beside it and
// renamed. What is no plain file (a pipe, a device) is written to. Errors: kSystem, with the path.
schema::Status WriteOutput(const std::string& path, std::string_view bytes);

}  // namespace lint::cli
