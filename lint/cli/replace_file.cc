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
#include "schema/write_file.h"

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
  int failed = schema::WriteLike(beside.number(), old, after);
  // Else a crash of the machine may leave the name without the bytes.
  if (failed == 0 && fsync(beside.number()) != 0) failed = errno;
  struct stat now {};
  if (failed == 0 && stat(real.c_str(), &now) != 0) failed = errno;
  const bool changed = failed == 0 && !IsSame(old, now);
  if (failed == 0 && !changed && std::rename(temporary.c_str(), real.c_str()) == 0) return {};
  if (failed == 0) failed = errno;
  unlink(temporary.c_str());
  return changed ? Changed(path) : failure(failed);
}

}  // namespace lint::cli
