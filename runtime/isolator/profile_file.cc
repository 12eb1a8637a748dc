#include "runtime/isolator/profile_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <utility>

#include "lint/report/printable.h"
#include "schema/descriptor.h"
#include "schema/json/read_file.h"

namespace runtime::isolator {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;

// Not to wait for a fifo's writer; not to follow a link out of the directory.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// For kernels before 5.6, which lack openat2(2): folder by folder, following no link at all.
int OpenStepByStep(int directory, const std::filesystem::path& name) {
  int current = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (auto part = name.begin(); part != name.end() && current >= 0; ++part) {
    const bool last = std::next(part) == name.end();
    const int flags = last ? kOpenFlags : O_PATH | O_DIRECTORY | O_CLOEXEC;
    const int next = openat(current, part->c_str(), flags | O_NOFOLLOW);
    const int number = errno;
    close(current);
    errno = number;
    current = next;
  }
  return current;
}

int OpenBeneath(int directory, const std::string& name) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(kOpenFlags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const long fd = syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how));
  if (fd >= 0 || errno != ENOSYS) return static_cast<int>(fd);
  return OpenStepByStep(directory, name);
}

Error CannotOpen(const std::string& name, const std::string& directory, int number) {
  const std::string what = "profile " + name + " in " + directory;
  if (number == EXDEV || number == ELOOP) {
    return {ErrorCode::kInvalid, what + ": a symbolic link leads out of the directory", number};
  }
  Error error = schema::SystemError(what, number);
  if (number == ENOENT || number == ENOTDIR) error.code = ErrorCode::kNotFound;
  return error;
}

schema::Status CheckName(const std::string& name, const std::string& shown) {
  const std::filesystem::path path(name);
  if (name.empty()) return Error{ErrorCode::kInvalid, "the profile's name is empty", 0};
  if (name.find('\0') != std::string::npos) {
    return Error{ErrorCode::kInvalid, "the profile's name holds a zero byte", 0};
  }
  if (path.is_absolute()) {
    return Error{ErrorCode::kInvalid,
                 "profile " + shown + ": give its name within the config directory, not a path", 0};
  }
  for (const auto& part : path) {
    if (part == "..") {
      return Error{ErrorCode::kInvalid,
                   "profile " + shown + ": a name may not leave the config directory", 0};
    }
  }
  return {};
}

}  // namespace

Result<std::string> ReadProfileFile(const std::string& directory, const std::string& name) {
  const std::string shown = lint::report::Shortened(name, NAME_MAX);
  if (auto status = CheckName(name, shown); !status) return std::move(status).error();
  const Descriptor folder(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0) return schema::SystemError("config directory " + directory, errno);
  const Descriptor file(OpenBeneath(folder.number(), name));
  if (file.number() < 0) return CannotOpen(shown, directory, errno);
  return schema::json::ReadRegular(file.number(), "profile " + shown + " in " + directory);
}

Result<std::string> ReadProfileAt(const std::string& path) {
  const std::string what = "profile " + lint::report::Printable(path);
  const Descriptor file(open(path.c_str(), kOpenFlags));
  if (file.number() < 0) {
    Error error = schema::SystemError(what, errno);
    if (error.system_errno == ENOENT) error.code = ErrorCode::kNotFound;
    return error;
  }
  return schema::json::ReadRegular(file.number(), what);
}

}  // namespace runtime::isolator
