#include "lint/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include "schema/descriptor.h"

namespace lint::cli {
namespace {

namespace fs = std::filesystem;

schema::Error CannotWrite(const std::string& path, int number) {
  return schema::SystemError("cannot write " + path, number);
}

// 0, or the errno.
int WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// What a new file gets: umask(2) can only be asked by setting it.
mode_t NewFileMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return static_cast<mode_t>(0666U & ~mask);
}

// 0, or the errno of what failed.
int WriteBeside(const std::string& path, std::string& temporary, mode_t mode,
                std::string_view bytes) {
  const schema::Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) return errno;
  int failed = WriteAll(file.number(), bytes);
  if (failed == 0 && fchmod(file.number(), mode) != 0) failed = errno;
  // Else a crash of the machine may leave the new name without the bytes.
  if (failed == 0 && fsync(file.number()) != 0) failed = errno;
  if (failed == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) failed = errno;
  if (failed != 0) unlink(temporary.c_str());
  return failed;
}

}  // namespace

schema::Status WriteOutput(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    std::cout << bytes << std::flush;
    if (!std::cout) return CannotWrite("the standard output", EIO);
    return {};
  }
  struct stat old {};
  const bool exists = stat(path.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    const schema::Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const int failed = file ? WriteAll(file.number(), bytes) : errno;
    if (failed != 0) return CannotWrite(path, failed);
    return {};
  }
  // A link stays one.
  std::error_code ignored;
  const fs::path resolved = exists ? fs::canonical(path, ignored) : fs::path(path);
  std::string temporary = (resolved.parent_path() / ".seccomp-lint.XXXXXX").string();
  const mode_t mode = exists ? static_cast<mode_t>(old.st_mode & 07777U) : NewFileMode();
  const int failed = WriteBeside(resolved.string(), temporary, mode, bytes);
  if (failed != 0) return CannotWrite(path, failed);
  return {};
}

}  // namespace lint::cli
