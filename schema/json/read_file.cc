#include "schema/json/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "schema/descriptor.h"

namespace schema::json {

Result<std::string> ReadDescriptor(int fd, std::size_t most, std::size_t expected) {
  std::string text;
  std::size_t size = 0;
  while (size <= most) {
    // One more than is expected, to see the end.
    if (size == text.size()) text.resize(std::min(most, std::max(expected, 2 * size)) + 1);
    const ssize_t got = read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

namespace {

Result<Descriptor> Open(const std::string& path, int flags) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags));
  if (file) return file;
  const int number = errno;
  Error error = SystemError("cannot open " + path, number);
  if (number == ENOENT) error.code = ErrorCode::kNotFound;
  return error;
}

}  // namespace

Result<std::string> ReadRegular(int fd, const std::string& what, std::size_t most) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return SystemError("fstat " + what, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kInvalid, what + " is not a regular file", 0};
  }
  auto text = ReadDescriptor(fd, most, static_cast<std::size_t>(status.st_size));
  if (!text) return std::move(text).error().While(what);
  return text;
}

Result<std::string> ReadFile(const std::string& path, std::size_t most) {
  const auto file = Open(path, 0);
  if (!file) return Error(file.error());
  auto text = ReadDescriptor(file->number(), most);
  if (!text) return std::move(text).error().While("reading " + path);
  return text;
}

Result<std::string> ReadRegularFile(const std::string& path, std::size_t most) {
  const auto file = Open(path, O_NONBLOCK);
  if (!file) return Error(file.error());
  return ReadRegular(file->number(), path, most);
}

}  // namespace schema::json
