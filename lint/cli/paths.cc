#include "lint/cli/paths.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "schema/json/read_file.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

schema::Error CannotRead(const std::string& path, const std::error_code& error) {
  const bool absent = error == std::errc::no_such_file_or_directory;
  return {absent ? schema::ErrorCode::kNotFound : schema::ErrorCode::kSystem,
          "cannot read " + path + ": " + error.message(), error.value()};
}

}  // namespace

schema::Result<std::vector<std::string>> FindProfiles(const std::string& path) {
  if (path == "-") return std::vector{path};
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return CannotRead(path, error);
  if (!fs::is_directory(status)) return std::vector{path};
  std::vector<std::string> found;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".json" && entry->is_regular_file(error)) {
      found.push_back(entry->path().string());
    }
  }
  if (error) return CannotRead(path, error);
  std::ranges::sort(found);
  return found;
}

schema::Result<std::string> ReadProfile(const std::string& path) {
  if (path != "-") return schema::json::ReadFile(path);
  auto text = schema::json::ReadDescriptor(STDIN_FILENO);
  if (!text) return std::move(text).error().While("reading the standard input");
  return text;
}

std::string DisplayName(const std::string& path) { return path == "-" ? "<stdin>" : path; }

}  // namespace lint::cli
