#include "schema/write_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "schema/hex.h"

namespace schema {
namespace {

namespace fs = std::filesystem;

// What a new file gets: umask(2) can only be asked by setting it.
mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666U & ~mask);
}

constexpr int kMostLinks = 40;  // MAXSYMLINKS of Linux

// Behind all links, also where the last leads to nothing, as open(2) has it.
fs::path BehindLinks(fs::path path) {
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, error); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    path = path.parent_path() / target;
  }
  return path;
}

struct Temporary {
  std::string name;
  Descriptor file;
  int failed = 0;  // errno
};

// mkostemp(3), in `folder`.
Temporary MakeTemporary(int folder) {
  std::uint64_t random = 0;
  Temporary made;
  if (getrandom(&random, sizeof(random), 0) == sizeof(random)) {
    made.name = ".seccomp-lint." + Hex(random);
    constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    made.file = Descriptor(openat(folder, made.name.c_str(), kFlags, S_IRUSR | S_IWUSR));
  }
  if (!made.file) made.failed = errno;
  return made;
}

// To what `special` (O_PATH) is; `path` is its name where there is no /proc. 0, or the errno.
int WriteToSpecial(const std::string& path, int special, std::string_view bytes) {
  constexpr int kFlags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
  const std::string held = "/proc/self/fd/" + std::to_string(special);
  Descriptor file(open(held.c_str(), kFlags));
  if (!file && errno == ENOENT) file = Descriptor(open(path.c_str(), kFlags));
  return file ? WriteAll(file.number(), bytes) : errno;
}

Error Failed(const std::string& path, int number) {
  return SystemError("cannot write " + path, number);
}

Status Answer(const std::string& path, int failed) {
  if (failed == 0) return {};
  return Failed(path, failed);
}

}  // namespace

int WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Status WriteStandardOutput(std::string_view bytes) {
  const int failed = WriteAll(STDOUT_FILENO, bytes);
  if (failed == 0) return {};
  return SystemError("cannot write to the standard output", failed);
}

int WriteLike(int file, const struct stat& old, std::string_view bytes) {
  if (const int failed = WriteAll(file, bytes); failed != 0) return failed;
  struct stat made {};
  if (fstat(file, &made) != 0) return errno;
  const bool is_owned = made.st_uid == old.st_uid && made.st_gid == old.st_gid;
  if (!is_owned && fchown(file, old.st_uid, old.st_gid) != 0) return errno;
  // After it: a change of the owner clears bits of the mode.
  return fchmod(file, static_cast<mode_t>(old.st_mode & 07777U)) != 0 ? errno : 0;
}

Result<Destination> Destination::Find(const std::string& path) {
  Destination found(path);
  struct stat old {};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) return Failed(path, errno);
  if (exists && !S_ISREG(old.st_mode)) {
    if (S_ISDIR(old.st_mode)) return Failed(path, EISDIR);
    found.special_ = Descriptor(open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!found.special_) return Failed(path, errno);
    return found;
  }
  const fs::path file = BehindLinks(path);
  found.name_ = file.filename().string();
  if (found.name_.empty()) return Failed(path, EISDIR);
  const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
  found.folder_ = Descriptor(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!found.folder_) return Failed(path, errno);
  found.mode_ = exists ? static_cast<mode_t>(old.st_mode & 07777U) : NewFileMode();
  return found;
}

Status Destination::Try() const {
  if (special_) return Answer(path_, access(path_.c_str(), W_OK) == 0 ? 0 : errno);
  const int folder = folder_.number();
  // chattr(1)'s +i and +a, which let nothing take its place.
  if (faccessat(folder, name_.c_str(), W_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == EPERM) {
    return Failed(path_, EPERM);
  }
  const Temporary made = MakeTemporary(folder);
  if (made.file) unlinkat(folder, made.name.c_str(), 0);
  return Answer(path_, made.failed);
}

Status Destination::Write(std::string_view bytes) const {
  if (special_) return Answer(path_, WriteToSpecial(path_, special_.number(), bytes));
  const int folder = folder_.number();
  const Temporary made = MakeTemporary(folder);
  if (!made.file) return Failed(path_, made.failed);
  const int file = made.file.number();
  int failed = WriteAll(file, bytes);
  if (failed == 0 && fchmod(file, mode_) != 0) failed = errno;
  // Else a crash of the machine may leave the new name without the bytes.
  if (failed == 0 && fsync(file) != 0) failed = errno;
  if (failed == 0 && renameat(folder, made.name.c_str(), folder, name_.c_str()) != 0) {
    failed = errno;
  }
  if (failed != 0) unlinkat(folder, made.name.c_str(), 0);
  return Answer(path_, failed);
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  const auto destination = Destination::Find(path);
  if (!destination) return Error(destination.error());
  return destination->Write(bytes);
}

}  // namespace schema
