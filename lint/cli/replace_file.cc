#include "lint/cli/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "schema/descriptor.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

schema::Error Changed(const std::string& path) {
  return {schema::ErrorCode::kInvalid, path + " was changed meanwhile: it is left as it is", 0};
}

bool Holds(int file, std::string_view text) {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 && text.empty();
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
    if (!text.starts_with(piece)) return false;
    text.remove_prefix(piece.size());
  }
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// 0, or the errno.
int WriteLike(int file, const struct stat& old, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  struct stat made {};
  if (fstat(file, &made) != 0) return errno;
  const bool is_owned = made.st_uid == old.st_uid && made.st_gid == old.st_gid;
  if (!is_owned && fchown(file, old.st_uid, old.st_gid) != 0) return errno;
  // After it: a change of the owner clears bits of the mode.
  if (fchmod(file, static_cast<mode_t>(old.st_mode & 07777U)) != 0) return errno;
  // Else a crash of the machine may leave the name without the bytes.
  return fsync(file) != 0 ? errno : 0;
}

}  // namespace

schema::Status ReplaceFile(const std::string& path, std::string_view before,
                           std::string_view after) {
  const auto failure = [&](int number) {
    return schema::SystemError("cannot write " + path, number);
  };
  std::error_code unresolved;
  const fs::path real = fs::canonical(path, unresolved);
  if (unresolved) return failure(unresolved.value());
  // Renaming would get around it.
  if (faccessat(AT_FDCWD, real.c_str(), W_OK, AT_EACCESS) != 0) return failure(errno);
  const schema::Descriptor file(open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat old {};
  if (!file || fstat(file.number(), &old) != 0) return failure(errno);
  if (!S_ISREG(old.st_mode)) {
    return schema::Error{schema::ErrorCode::kInvalid, path + " is no file to be fixed", 0};
  }
  if (!Holds(file.number(), before)) return Changed(path);
  std::string temporary = (real.parent_path() / ".seccomp-lint.XXXXXX").string();
  const schema::Descriptor beside(mkostemp(temporary.data(), O_CLOEXEC));
  if (!beside) return failure(errno);
  int failed = WriteLike(beside.number(), old, after);
  struct stat now {};
  if (failed == 0 && stat(real.c_str(), &now) != 0) failed = errno;
  const bool changed = failed == 0 && !IsSame(old, now);
  if (failed == 0 && !changed && std::rename(temporary.c_str(), real.c_str()) == 0) return {};
  if (failed == 0) failed = errno;
  unlink(temporary.c_str());
  return changed ? Changed(path) : failure(failed);
}

}  // namespace lint::cli
