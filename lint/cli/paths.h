// From the paths of a command line to the profiles to check.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

namespace lint::cli {

struct FoundProfiles {
  std::vector<std::string> paths;
  std::vector<std::string>
      skipped;  // links to folders, and *.json that are fifos, devices, sockets
  std::vector<schema::Error> complaints;  // kNotFound or kSystem, with the path
};

// A file stands for itself, a folder for its *.json (or with another `extension`), recursively and
// sorted, "-" for the standard input.
FoundProfiles FindProfiles(const std::string& path, std::string_view extension = ".json");

// The bytes of a path as FindProfiles gives it.
schema::Result<std::string> ReadProfile(const std::string& path);

// "<stdin>" for "-".
std::string DisplayName(const std::string& path);

}  // namespace lint::cli
