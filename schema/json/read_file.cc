#include "schema/json/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "schema/descriptor.h"

namespace schema::json {

Result<std::string> ReadDescriptor(int fd, std::size_t most) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() <= most) {
    const std::size_t wanted = std::min(buffer.size(), most + 1 - text.size());
    const ssize_t got = read(fd, buffer.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", errno);
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
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
  auto text = ReadDescriptor(fd, most);
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
