#include "runtime/isolator/disk_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <utility>

#include "runtime/isolator/key_hash.h"
#include "schema/write_file.h"

namespace runtime::isolator {
namespace {

using schema::Descriptor;
using schema::Result;

constexpr std::string_view kFirstLine = "seccomp-lint cache 2";
constexpr std::size_t kDigits = 16;  // of a file's name
constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;  // of one

// Whether nobody else may write there.
bool IsOursAlone(int directory) {
  struct stat status {};
  return fstat(directory, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 077U) == 0;
}

std::size_t SizeOf(DiskCache::Key key) {
  std::size_t size = 0;
  for (const std::string_view part : key) size += part.size();
  return size;
}

// The key begins with the identity of this program: the next one may name it differently.
std::string NameFor(DiskCache::Key key) {
  std::size_t hash = HashOf(key);
  std::string digits(kDigits, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, hash >>= 4U) {
    *digit = "0123456789abcdef"[hash & 15U];
  }
  return digits;
}

// A file as it lies in memory. Nobody shortens one of ours, which would be the end of us.
class Mapping {
 public:
  explicit Mapping(int file) {
    struct stat status {};
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > kMostBytes) return;
    void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (start != MAP_FAILED) bytes_ = {static_cast<const char*>(start), size};
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }

  std::string_view bytes() const { return bytes_; }  // empty where it is no file to be believed

 private:
  std::string_view bytes_;
};

// Against what a disk does to bytes, not against people: see IsOursAlone().
std::size_t CheckSum(std::string_view value) { return std::hash<std::string_view>{}(value); }

// The line before key and value: their lengths, and what the value sums up to.
std::string Head(DiskCache::Key key, std::string_view value) {
  return std::string(kFirstLine) + " " + std::to_string(SizeOf(key)) + " " +
         std::to_string(value.size()) + " " + std::to_string(CheckSum(value)) + "\n";
}

// Takes the part off the text's beginning, where it stands there.
bool TakePart(std::string_view part, std::string_view& text) {
  if (!text.starts_with(part)) return false;
  text.remove_prefix(part.size());
  return true;
}

std::optional<std::size_t> TakeNumber(std::string_view& line) {
  if (!line.starts_with(' ')) return std::nullopt;
  line.remove_prefix(1);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  return number;
}

// Of an entry, or of one that was being written: see NameFor().
bool IsOurs(std::string_view name) {
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

int KeepLibrary(dl_phdr_info* info, std::size_t, void* to) {
  const std::string_view path(info->dlpi_name);
  if (path.find("/libseccomp.") == std::string_view::npos) return 0;
  *static_cast<std::string*>(to) = path;
  return 1;
}

}  // namespace

DiskCache::DiskCache(const std::string& directory) {
  if (directory.empty()) return;
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  directory_ = Descriptor(open(directory.c_str(), kFlags));
  if (!directory_ && mkdir(directory.c_str(), 0700) == 0) {
    directory_ = Descriptor(open(directory.c_str(), kFlags));
  }
  if (directory_ && !IsOursAlone(directory_.number())) directory_ = Descriptor();
}

std::optional<std::string> DiskCache::Find(Key key) const {
  if (!directory_) return std::nullopt;
  const Descriptor file(openat(directory_.number(), NameFor(key).c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::nullopt;
  const Mapping mapping(file.number());
  std::string_view rest = mapping.bytes();
  if (!TakePart(kFirstLine, rest)) return std::nullopt;
  const auto key_size = TakeNumber(rest);
  const auto value_size = key_size ? TakeNumber(rest) : std::nullopt;
  const auto sum = value_size ? TakeNumber(rest) : std::nullopt;
  if (!sum || !TakePart("\n", rest)) return std::nullopt;
  if (*key_size != SizeOf(key) || rest.size() < *key_size) return std::nullopt;
  for (const std::string_view part : key) {
    if (!TakePart(part, rest)) return std::nullopt;
  }
  if (rest.size() != *value_size || CheckSum(rest) != *sum) return std::nullopt;
  return std::string(rest);
}

void DiskCache::Insert(Key key, std::string_view value) const {
  if (!directory_) return;
  DropAllWhereFull(directory_.number());
  const std::string name = NameFor(key);
  const std::string temporary = name + "." + std::to_string(getpid());
  const Descriptor file(openat(directory_.number(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return;
  std::string bytes = Head(key, value);
  for (const std::string_view part : key) bytes += part;
  bytes += value;
  const bool written = schema::WriteAll(file.number(), bytes) == 0;
  if (written &&
      renameat(directory_.number(), temporary.c_str(), directory_.number(), name.c_str()) == 0) {
    return;
  }
  unlinkat(directory_.number(), temporary.c_str(), 0);
}

Result<std::string> FileIdentity(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return schema::SystemError(path, errno);
  std::string text = path;
  for (const auto number :
       {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
        static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
        static_cast<long long>(status.st_mtim.tv_nsec),
        static_cast<long long>(status.st_ctim.tv_sec),
        static_cast<long long>(status.st_ctim.tv_nsec)}) {
    text += ' ' + std::to_string(number);
  }
  return text;
}

Result<std::string> OwnIdentity() {
  auto program = FileIdentity("/proc/self/exe");
  std::string library;
  dl_iterate_phdr(&KeepLibrary, &library);
  if (!program || library.empty()) return program;
  auto loaded = FileIdentity(library);
  if (!loaded) return loaded;
  return *program + "\n" + *loaded;
}

}  // namespace runtime::isolator
