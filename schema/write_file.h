// Writing a file whole or not at all.

#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace schema {

// Puts `bytes` into `path`, in the place of what is there: they are written beside it and renamed,
// so that nobody sees a part of them. The mode of a file that is there stays, and a link stays a
// link; a device or a fifo is written to. Errors: kSystem; nothing has changed then.
Status WriteFile(const std::string& path, std::string_view bytes);

// What WriteFile would fail for now: nothing is left behind. For those who will write in the end of
// a long work. Errors: kSystem.
Status CheckWritable(const std::string& path);

}  // namespace schema
