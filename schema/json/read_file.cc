#include "schema/json/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

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

Result<std::string> ReadFile(const std::string& path, std::size_t most) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    const int number = errno;
    Error error = SystemError("cannot open " + path, number);
    if (number == ENOENT) error.code = ErrorCode::kNotFound;
    return error;
  }
  Result<std::string> text = ReadDescriptor(fd, most);
  close(fd);
  if (!text) return std::move(text).error().While("reading " + path);
  return text;
}

}  // namespace schema::json
