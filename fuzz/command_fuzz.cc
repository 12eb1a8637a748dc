// seccomp-lint as a whole. The input: command lines, then the files that they are about, each
// behind a line "----" and a line with its name; "@NAME" in a command line stands for the file's
// path:
//
//   check --format=json @a.json
//   ----
//   a.json
//   {"defaultAction": ...
//
// No command line brings about a bug (exit status 3); what is printed is harmless to a terminal,
// and JSON where that was asked for; a usage error says what is wrong.

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <boost/json/stream_parser.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "lint/cli/seccomp_lint.h"

namespace {

using Words = std::vector<std::string>;

// A folder of this process, empty at first and removed with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "command_fuzz.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void Fill(const std::vector<std::string_view>& files) const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      std::filesystem::remove_all(entry.path());
    }
    for (const std::string_view file : files) {
      const std::size_t end = std::min(file.find('\n'), file.size());
      const std::string name(file.substr(0, end));
      if (!IsName(name)) continue;
      std::ofstream(path_ / name, std::ios::binary) << file.substr(std::min(end + 1, file.size()));
    }
  }
  std::string PathOf(std::string_view name) const { return (path_ / name).string(); }

  static bool IsName(std::string_view name) {
    constexpr std::size_t kLongest = 40;
    return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
           std::ranges::all_of(name, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
           });
  }

 private:
  std::filesystem::path path_;
};

// A command, and what it may be given in a word of its own beside options and files.
struct Allowed {
  std::string_view command;
  bool words;
  bool files;  // without one it would read the standard input, or nothing
};
constexpr auto kAllowed = std::to_array<Allowed>({
    {"check", false, true},
    {"explain", true, false},
    {"rules", false, false},
    {"query", true, true},
    {"explain-denial", true, true},
    {"test", false, true},
    {"diff", false, true},
    {"merge", false, true},
    {"resolve", false, true},
    {"convert", false, true},
    {"prove", false, true},
    {"compile", false, true},
    {"cost", false, true},
    {"syscalls", true, false},
    {"completion", true, false},
    {"help", false, false},
});

// Each option that names a file is given with it: nothing else is looked for, least of all written,
// in the folder that the fuzzer runs in.
bool NamesFile(std::string_view word) {
  constexpr std::array<std::string_view, 8> kOptions = {
      "-o", "--out", "--write", "--base", "--config", "--table", "--targets", "--bpf"};
  return std::ranges::any_of(kOptions,
                             [&](std::string_view option) { return word.starts_with(option); });
}

// The words of a line; none where it could read or write elsewhere than in the scratch folder.
Words WordsOf(std::string_view line, const Scratch& scratch) {
  Words words;
  std::size_t operands = 0;
  const Allowed* allowed = kAllowed.begin();
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string word(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    if (word.empty()) continue;
    const std::size_t at = word.find('@');
    const bool has_path = at != std::string::npos;
    const bool is_option = word.front() == '-';
    if (has_path) {
      const std::string name = word.substr(at + 1);
      if (!name.empty() && !Scratch::IsName(name)) return {};
      if (word.find('/') < at) return {};
      word.replace(at, std::string::npos, scratch.PathOf(name));
    } else if (word.find('/') != std::string::npos || word == "-" ||
               (NamesFile(word) && !word.ends_with("=-"))) {
      return {};
    } else if (!is_option && words.empty()) {
      allowed = std::ranges::find(kAllowed, word, &Allowed::command);
      if (allowed == kAllowed.end()) return {};
    } else if (!is_option && !allowed->words) {
      return {};
    }
    if (!is_option && (has_path || !words.empty())) ++operands;
    words.push_back(std::move(word));
  }
  const std::size_t least = allowed->command == "explain-denial" ? 2 : allowed->files ? 1 : 0;
  return operands < least && !words.empty() && words[0].front() != '-' ? Words() : words;
}

// What is written to a stream meanwhile.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

bool Has(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void CheckJson(const std::string& text) {
  boost::json::stream_parser parser;
  boost::json::error_code error;
  parser.write(text, error);
  REQUIRE(!error);
  parser.finish(error);
  REQUIRE(!error);
}

void CheckHarmless(const std::string& text) {
  for (const char c : text) {
    REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) || c == '\n' || c == '\t');
  }
}

void RunLine(const Words& words) {
  int code = 0;
  std::string out;
  std::string complaints;
  {
    const Captured on_stdout(std::cout);
    const Captured on_stderr(std::cerr);
    code = lint::cli::Run(words);
    out = on_stdout.text();
    complaints = on_stderr.text();
  }
  if (code < 0 || code > lint::cli::kUsage) std::cerr << complaints;
  REQUIRE(code >= 0 && code <= lint::cli::kUsage);
  REQUIRE(code != lint::cli::kUsage || !complaints.empty());
  CheckHarmless(complaints);
  const bool raw = words[0] == "compile" || Has(words, "--color=always");
  if (!raw) CheckHarmless(out);
  if (Has(words, "--format=json") && code != lint::cli::kUsage && !out.empty() &&
      std::ranges::none_of(words, [](const auto& word) {
        return word.starts_with("--out") || word.starts_with("--fix") ||
               word.starts_with("--diff") || word.starts_with("--h") || word.starts_with("-h");
      })) {
    CheckJson(out);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  constexpr std::size_t kMostCommands = 4;
  constexpr std::size_t kLongest = 16384;
  if (size > kLongest) return 0;
  auto parts = fuzz::Parts(fuzz::AsText(data, size));
  std::string_view lines = parts.front();
  parts.erase(parts.begin());
  scratch.Fill(parts);
  for (std::size_t i = 0; i < kMostCommands && !lines.empty(); ++i) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const Words words = WordsOf(lines.substr(0, end), scratch);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (!words.empty()) RunLine(words);
  }
  return 0;
}
