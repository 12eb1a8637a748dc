// From the paths of a command line to the profiles to check.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/json/reader.h"

namespace lint::cli {

struct FoundProfiles {
  std::vector<std::string> paths;
  std::vector<std::string>
      skipped;  // links to folders, and files by name that are fifos, devices, sockets
  std::vector<schema::Error> complaints;  // kNotFound or kSystem, with the path
};

// What a folder's files may hold profiles in. Of YAML most hold something else: MayHoldProfile().
inline constexpr std::array<std::string_view, 3> kProfileExtensions = {".json", ".yaml", ".yml"};

// A file stands for itself, a folder for its files with one of the extensions, recursively and
// sorted, "-" for the standard input.
FoundProfiles FindProfiles(const std::string& path,
                           std::span<const std::string_view> extensions = kProfileExtensions);

// Whether a file that was found in a folder is to be checked: YAML only where it has the words of a
// SeccompProfile, be the rest as broken as it may. `text`: what ReadProfile() gave; what it left is
// searched, too, and a file of more than a GiB is not ruled out.
bool MayHoldProfile(const std::string& path, std::string_view text);

// The bytes of a path as FindProfiles gives it, `most` + 1 of them where it has more.
schema::Result<std::string> ReadProfile(const std::string& path,
                                        std::size_t most = schema::json::kMaxBytes);

// "<stdin>" for "-".
std::string DisplayName(const std::string& path);

}  // namespace lint::cli
