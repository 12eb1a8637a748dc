#include "lint/cli/paths.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
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

// Finds the words of a SeccompProfile in a text that comes in pieces.
class ProfileWords {
 public:
  void Find(std::string_view piece) {
    window_ += piece;
    std::erase(window_, '\0');  // those of UTF-16, as PowerShell writes files
    for (Word& word : words_) {
      word.is_found = word.is_found || window_.find(word.text) != std::string::npos;
    }
    window_.erase(0, window_.size() - std::min(window_.size(), kLongest));
  }

  bool AreFound() const { return std::ranges::all_of(words_, &Word::is_found); }

 private:
  struct Word {
    std::string_view text;
    bool is_found = false;
  };
  static constexpr std::size_t kLongest = 64;  // longer than any

  std::array<Word, 2> words_ = {{{"SeccompProfile"}, {"security-profiles-operator.x-k8s.io"}}};
  std::string window_;
};

bool HasProfileWords(const std::string& path) {
  constexpr std::size_t kMostPieces = 1024;
  std::ifstream file(path, std::ios::binary);
  std::string piece(schema::json::kMaxBytes, '\0');
  ProfileWords words;
  for (std::size_t i = 0; i < kMostPieces && !words.AreFound(); ++i) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    words.Find(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    if (!file) return words.AreFound();
  }
  return true;
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
  ProfileWords words;
  words.Find(text);
  // All of a YAML file that is too large: folders have such files, and most are no profiles.
  return words.AreFound() || (text.size() > schema::json::kMaxBytes && HasProfileWords(path));
}

schema::Result<std::string> ReadProfile(const std::string& path, std::size_t most) {
  if (path != "-") return schema::json::ReadFile(path, most);
  auto text = schema::json::ReadDescriptor(STDIN_FILENO, most);
  if (!text) return std::move(text).error().While("reading the standard input");
  return text;
}

std::string DisplayName(const std::string& path) { return path == "-" ? "<stdin>" : path; }

}  // namespace lint::cli
