// Reads a profile's bytes, no more of them than a profile may have.

#pragma once

#include <cstddef>
#include <string>

#include "schema/error.h"
#include "schema/json/reader.h"

namespace schema::json {

// All of the descriptor up to `most` + 1 bytes: Read() then reports a file that is too large,
// however large it is. Errors: kSystem, read(2) failed.
Result<std::string> ReadDescriptor(int fd, std::size_t most = kMaxBytes,
                                   std::size_t expected = 65536);

// All of a regular file, up to `most` + 1 bytes: of no fifo or device, for which a launch could
// wait for ever. `what` is how messages call it. Errors: kInvalid, it is no regular file; kSystem.
Result<std::string> ReadRegular(int fd, const std::string& what, std::size_t most = kMaxBytes);

// Errors: kNotFound or kSystem with the path, a directory included.
Result<std::string> ReadFile(const std::string& path, std::size_t most = kMaxBytes);

// ReadRegular of a path. Errors: of both.
Result<std::string> ReadRegularFile(const std::string& path, std::size_t most = kMaxBytes);

}  // namespace schema::json
