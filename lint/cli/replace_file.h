// Writing back a file that was read before.

#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace lint::cli {

// Puts `after` in the place of `before` in the file `path`: all of it or, with an error, nothing.
// It is written beside it, with its mode and owner, and renamed; a link stays a link, and other
// hard links keep the old text. Errors: kInvalid, the file holds something else than `before` by
// now, or is none of its own; kSystem, it may not be written.
schema::Status ReplaceFile(const std::string& path, std::string_view before,
                           std::string_view after);

}  // namespace lint::cli
