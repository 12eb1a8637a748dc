// Writing a file whole or not at all.

#pragma once

#include <sys/stat.h>

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

// All of `bytes` to the open `file`. Returns 0, or the errno.
int WriteAll(int file, std::string_view bytes);

// All of them to the standard output. Errors: kSystem.
Status WriteStandardOutput(std::string_view bytes);

// As WriteAll, and gives it the owner and the mode of `old`, which it is to take the place of. Not
// synced. Returns 0, or the errno.
int WriteLike(int file, const struct stat& old, std::string_view bytes);

}  // namespace schema
