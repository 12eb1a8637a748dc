#include "schema/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "schema/descriptor.h"

namespace schema {
namespace {

namespace fs = std::filesystem;

// What a new file gets: umask(2) can only be asked by setting it.
mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666U & ~mask);
}

// Where the bytes go.
struct Place {
  bool is_special = false;  // a device, a fifo: nothing that a rename could replace
  std::string path;         // behind all links
  std::string temporary;    // a template for mkostemp(3), beside it
  mode_t mode = 0;
};

Place PlaceOf(const std::string& path) {
  struct stat old {};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) return {true, path, "", 0};
  std::error_code ignored;
  const fs::path resolved = exists ? fs::canonical(path, ignored) : fs::path(path);
  return {false, resolved.string(), (resolved.parent_path() / ".seccomp-lint.XXXXXX").string(),
          exists ? static_cast<mode_t>(old.st_mode & 07777U) : NewFileMode()};
}

// 0, or the errno of what failed.
int WriteBeside(Place& place, std::string_view bytes) {
  const Descriptor file(mkostemp(place.temporary.data(), O_CLOEXEC));
  if (!file) return errno;
  int failed = WriteAll(file.number(), bytes);
  if (failed == 0 && fchmod(file.number(), place.mode) != 0) failed = errno;
  // Else a crash of the machine may leave the new name without the bytes.
  if (failed == 0 && fsync(file.number()) != 0) failed = errno;
  if (failed == 0 && std::rename(place.temporary.c_str(), place.path.c_str()) != 0) failed = errno;
  if (failed != 0) unlink(place.temporary.c_str());
  return failed;
}

Status Answer(const std::string& path, int failed) {
  if (failed == 0) return {};
  return SystemError("cannot write " + path, failed);
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

Status WriteFile(const std::string& path, std::string_view bytes) {
  Place place = PlaceOf(path);
  if (!place.is_special) return Answer(path, WriteBeside(place, bytes));
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return Answer(path, file ? WriteAll(file.number(), bytes) : errno);
}

Status CheckWritable(const std::string& path) {
  Place place = PlaceOf(path);
  if (path.empty() || path.ends_with('/')) return Answer(path, EISDIR);
  if (place.is_special) {
    struct stat old {};
    if (stat(path.c_str(), &old) == 0 && S_ISDIR(old.st_mode)) return Answer(path, EISDIR);
    return Answer(path, access(path.c_str(), W_OK) == 0 ? 0 : errno);
  }
  // chattr(1)'s +i and +a, which let nothing take its place.
  if (access(path.c_str(), W_OK) != 0 && errno == EPERM) return Answer(path, EPERM);
  const Descriptor file(mkostemp(place.temporary.data(), O_CLOEXEC));
  if (!file) return Answer(path, errno);
  unlink(place.temporary.c_str());
  return {};
}

}  // namespace schema
