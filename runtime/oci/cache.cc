#include "runtime/oci/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include "schema/write_file.h"

namespace runtime::oci {
namespace {

using schema::Descriptor;

constexpr std::string_view kFirstLine = "seccomp-oci cache 1";
constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;  // of one

// Whether nobody else may write there.
bool IsOursAlone(int directory) {
  struct stat status {};
  return fstat(directory, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 077U) == 0;
}

// The key begins with the identity of this program: the next one may name it differently.
std::string NameFor(std::string_view key) {
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

std::optional<std::string> ReadAll(int file) {
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (static_cast<std::size_t>(status.st_size) > kMostBytes) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t got = read(file, bytes.data(), bytes.size());
  if (got != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  return bytes;
}

// The line of lengths before key, seccomp and program.
std::string Head(std::string_view key, std::size_t seccomp, std::size_t program) {
  return std::string(kFirstLine) + " " + std::to_string(key.size()) + " " +
         std::to_string(seccomp) + " " + std::to_string(program) + "\n";
}

std::optional<std::size_t> TakeNumber(std::string_view& line) {
  if (!line.starts_with(' ')) return std::nullopt;
  line.remove_prefix(1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || number > kMostBytes) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return number;
}

// Of an entry, or of one that was being written: see NameFor().
bool IsOurs(std::string_view name) {
  constexpr std::size_t kDigits = 16;
  return name.size() >= kDigits &&
         name.find_first_not_of("0123456789abcdef") >= std::min(kDigits, name.size()) &&
         (name.size() == kDigits || name[kDigits] == '.');
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

void DropAllWhereFull(int directory) {
  const int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseFolder> folder(again < 0 ? nullptr : fdopendir(again));
  if (folder == nullptr) return;
  std::size_t count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (IsOurs(entry->d_name)) ++count;
  }
  if (count < kMostEntries) return;
  rewinddir(folder.get());
  while (const dirent* entry = readdir(folder.get())) {
    if (IsOurs(entry->d_name)) unlinkat(directory, entry->d_name, 0);
  }
}

}  // namespace

Cache::Cache(const std::string& directory) {
  if (directory.empty()) return;
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  directory_ = Descriptor(open(directory.c_str(), kFlags));
  if (!directory_ && mkdir(directory.c_str(), 0700) == 0) {
    directory_ = Descriptor(open(directory.c_str(), kFlags));
  }
  if (directory_ && !IsOursAlone(directory_.number())) directory_ = Descriptor();
}

std::optional<Made> Cache::Find(std::string_view key) const {
  if (!directory_) return std::nullopt;
  const Descriptor file(openat(directory_.number(), NameFor(key).c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::nullopt;
  const auto bytes = ReadAll(file.number());
  if (!bytes || !bytes->starts_with(kFirstLine)) return std::nullopt;
  std::string_view rest = std::string_view(*bytes).substr(kFirstLine.size());
  const auto key_size = TakeNumber(rest);
  const auto seccomp = key_size ? TakeNumber(rest) : std::nullopt;
  const auto program = seccomp ? TakeNumber(rest) : std::nullopt;
  if (!program || !rest.starts_with('\n')) return std::nullopt;
  rest.remove_prefix(1);
  if (rest.size() != *key_size + *seccomp + *program) return std::nullopt;
  if (rest.substr(0, *key_size) != key) return std::nullopt;
  return Made{std::string(rest.substr(*key_size, *seccomp)),
              std::string(rest.substr(*key_size + *seccomp))};
}

void Cache::Insert(std::string_view key, const Made& made) const {
  if (!directory_) return;
  DropAllWhereFull(directory_.number());
  const std::string name = NameFor(key);
  const std::string temporary = name + "." + std::to_string(getpid());
  const Descriptor file(openat(directory_.number(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return;
  const std::string bytes = Head(key, made.seccomp.size(), made.program.size()) + std::string(key) +
                            made.seccomp + made.program;
  const bool written = schema::WriteAll(file.number(), bytes) == 0;
  if (written &&
      renameat(directory_.number(), temporary.c_str(), directory_.number(), name.c_str()) == 0) {
    return;
  }
  unlinkat(directory_.number(), temporary.c_str(), 0);
}

}  // namespace runtime::oci
