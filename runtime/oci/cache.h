// Proved filters of containers before, so that a create need not make and prove one again.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/descriptor.h"

namespace runtime::oci {

// What goes into config.json: see Bundle::With().
struct Made {
  std::string seccomp;
  std::string program;

  friend bool operator==(const Made&, const Made&) = default;
};

// A directory of files, one for each key, whose whole key is in the file: its name is only a hash.
// It must be its user's alone, for what lies there is believed. Whatever goes wrong with it, there
// is nothing in it.
class Cache {
 public:
  // Makes the directory where it is missing; not those above it. Empty: nothing is kept.
  explicit Cache(const std::string& directory);

  std::optional<Made> Find(std::string_view key) const;
  // Drops all others where there are too many.
  void Insert(std::string_view key, const Made& made) const;

 private:
  schema::Descriptor directory_;  // -1: there is none to be used
};

}  // namespace runtime::oci
