#include "runtime/launch/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <string>

namespace runtime::launch {
namespace {

constexpr int kFirst = 3;

schema::Status MarkOneByOne() {
  constexpr const char* kFolder = "/proc/self/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(kFolder), closedir);
  if (!folder) return schema::SystemError(std::string("open ") + kFolder, errno);
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(folder.get());
    if (entry == nullptr) break;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    int number = 0;
    const auto [stop, error] = std::from_chars(entry->d_name, end, number);
    if (error != std::errc() || stop != end || number < kFirst) continue;
    if (fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
      return schema::SystemError("fcntl F_SETFD on descriptor " + std::to_string(number), errno);
    }
  }
  if (errno != 0) return schema::SystemError(std::string("read ") + kFolder, errno);
  return {};
}

}  // namespace

schema::Status MarkInheritedCloseOnExec() {
  if (syscall(SYS_close_range, unsigned{kFirst}, ~0U, unsigned{CLOSE_RANGE_CLOEXEC}) == 0) {
    return {};
  }
  return MarkOneByOne();
}

}  // namespace runtime::launch
