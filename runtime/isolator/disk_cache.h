// What was made before, on disk, for programs that end with the launch that they made it for.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::isolator {

// A directory of files, one for each key, whose whole key is in the file: its name is only a hash.
// It must be its user's alone, for what lies there is believed. Whatever goes wrong with it, there
// is nothing in it.
class DiskCache {
 public:
  // Makes the directory where it is missing; not those above it. Empty: nothing is kept.
  explicit DiskCache(const std::string& directory);

  // A key in its parts, one after the other, so that none need be copied.
  using Key = std::span<const std::string_view>;

  std::optional<std::string> Find(Key key) const;
  // Drops all others where there are 256. More than 4 MiB of key and value are not found again.
  void Insert(Key key, std::string_view value) const;

 private:
  schema::Descriptor directory_;  // -1: there is none to be used
};

// For keys. What is made depends on who makes it: this program's file, and that of the libseccomp
// that it has loaded, if it has none built in. Errors: kSystem.
schema::Result<std::string> OwnIdentity();

// Which file it is: another one, or the same rewritten, gives another text. Errors: kNotFound,
// kSystem.
schema::Result<std::string> FileIdentity(const std::string& path);

}  // namespace runtime::isolator
