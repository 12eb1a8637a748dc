// Writing a file whole or not at all.

#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

#include "schema/descriptor.h"
#include "schema/error.h"

namespace schema {

// Where a file is to be put. It is looked up once: who changes links or folders on the way there
// afterwards changes nothing.
//
//     auto destination = Destination::Find(path);
//     if (Status status = destination->Try(); !status) ...
//     ... long work
//     destination->Write(bytes);
class Destination {
 public:
  // What is there may be a link, also to nothing: then it is about what that names. Errors:
  // kSystem.
  static Result<Destination> Find(const std::string& path);

  // What Write would fail for now, but for want of space: nothing is left behind. Errors: kSystem.
  Status Try() const;

  // In the place of what is there: they are written beside it and renamed, so that nobody sees a
  // part of them. The mode of a file that was there stays; a device or a fifo is written to.
  // Errors: kSystem; nothing has changed then.
  Status Write(std::string_view bytes) const;

 private:
  explicit Destination(std::string path) : path_(std::move(path)) {}

  std::string path_;    // for messages
  Descriptor special_;  // O_PATH: the device, the fifo, nothing that a rename could replace
  Descriptor folder_;
  std::string name_;  // in it
  mode_t mode_ = 0;
};

// Puts `bytes` into `path`, as Destination does. Errors: kSystem; nothing has changed then.
Status WriteFile(const std::string& path, std::string_view bytes);

// All of `bytes` to the open `file`. Returns 0, or the errno.
int WriteAll(int file, std::string_view bytes);

// All of them to the standard output. Errors: kSystem.
Status WriteStandardOutput(std::string_view bytes);

// As WriteAll, and gives it the owner and the mode of `old`, which it is to take the place of. Not
// synced. Returns 0, or the errno.
int WriteLike(int file, const struct stat& old, std::string_view bytes);

}  // namespace schema
