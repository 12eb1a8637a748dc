#include "lint/cli/paths.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "schema/json/read_file.h"
#include "schema/yaml/language.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

schema::Error CannotRead(const std::string& path, const std::error_code& error) {
  const bool absent = error == std::errc::no_such_file_or_directory;
  return {absent ? schema::ErrorCode::kNotFound : schema::ErrorCode::kSystem,
          "cannot read " + path + ": " + error.message(), error.value()};
}

bool Contains(std::span<const std::string_view> extensions, const fs::path& extension) {
  return std::ranges::find(extensions, extension.string()) != extensions.end();
}

// Adds what lies in the folder, in order of name. What cannot be searched is complained about, and
// the rest is searched all the same.
void Search(const fs::path& folder, std::span<const std::string_view> extensions,
            FoundProfiles& found) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(*entry);
  }
  if (error) found.complaints.push_back(CannotRead(folder.string(), error));
  std::ranges::sort(entries);
  for (const fs::directory_entry& item : entries) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(item.status(ignored));
    if (is_folder && !item.is_symlink(ignored)) {
      Search(item.path(), extensions, found);
    } else if (!is_folder && Contains(extensions, item.path().extension())) {
      // A link to nothing, too: reading it is the error that it should be.
      const bool readable = item.is_regular_file(ignored) || !item.exists(ignored);
      (readable ? found.paths : found.skipped).push_back(item.path().string());
    } else if (is_folder) {
      found.skipped.push_back(item.path().string());
    }
  }
}

}  // namespace

FoundProfiles FindProfiles(const std::string& path, std::span<const std::string_view> extensions) {
  FoundProfiles found;
  std::error_code error;
  const fs::file_status status = path == "-" ? fs::file_status() : fs::status(path, error);
  if (path == "-" || (fs::exists(status) && !fs::is_directory(status))) {
    found.paths.push_back(path);
  } else if (!fs::exists(status)) {
    found.complaints.push_back(CannotRead(path, error));
  } else {
    Search(path, extensions, found);
  }
  return found;
}

bool MayHoldProfile(const std::string& path, std::string_view text) {
  if (schema::yaml::LanguageOf(path, text) == schema::json::Language::kJson) return true;
  return text.find("SeccompProfile") != std::string_view::npos &&
         text.find("security-profiles-operator.x-k8s.io") != std::string_view::npos;
}

schema::Result<std::string> ReadProfile(const std::string& path) {
  if (path != "-") return schema::json::ReadFile(path);
  auto text = schema::json::ReadDescriptor(STDIN_FILENO);
  if (!text) return std::move(text).error().While("reading the standard input");
  return text;
}

std::string DisplayName(const std::string& path) { return path == "-" ? "<stdin>" : path; }

}  // namespace lint::cli
