#include "runtime/agent/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace runtime::agent {
namespace {

using schema::Status;
using schema::SystemError;

struct CloseStream {
  void operator()(DIR* stream) const { closedir(stream); }
};
using Stream = std::unique_ptr<DIR, CloseStream>;

// Empty, and errno, where there is no such folder.
Stream OpenFolder(int parent, const char* name) {
  const int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return nullptr;
  Stream stream(fdopendir(folder));
  if (!stream) close(folder);
  return stream;
}

// The next name in it but "." and ".."; null at its end, or where it cannot be read.
const char* NextName(DIR* stream) {
  for (;;) {
    const dirent* const entry = readdir(stream);
    if (entry == nullptr) return nullptr;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") return entry->d_name;
  }
}

// A file, a link, or an empty folder. 0, or the errno: ENOTEMPTY for a folder that is not empty.
int RemoveOne(int parent, const char* name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
  const int as_file = errno;
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno == EEXIST) return ENOTEMPTY;
  return errno == ENOTDIR ? as_file : errno;
}

// What is below a folder of the top becomes the top's own, level by level, until all that it has is
// files and empty folders.
class Top {
 public:
  explicit Top(Stream stream) : stream_(std::move(stream)) {}

  // 0, or the errno of what cannot be removed.
  int Empty() {
    for (;;) {
      rewinddir(stream_.get());
      bool is_empty = true;
      while (const char* const name = NextName(stream_.get())) {
        is_empty = false;
        int failed = RemoveOne(number(), name);
        if (failed == ENOTEMPTY) failed = MoveUpWhatIsIn(name);
        if (failed != 0) return failed;
      }
      if (is_empty) return 0;
    }
  }

 private:
  int number() const { return dirfd(stream_.get()); }

  int MoveUpWhatIsIn(const char* name) {
    const Stream folder = OpenFolder(number(), name);
    if (!folder) return errno;
    while (const char* const inner = NextName(folder.get())) {
      int failed = RemoveOne(dirfd(folder.get()), inner);
      if (failed == ENOTEMPTY) failed = MoveUp(dirfd(folder.get()), inner);
      if (failed != 0) return failed;
    }
    // Where something came meanwhile, the next round finds it.
    const int failed = RemoveOne(number(), name);
    return failed == ENOTEMPTY ? 0 : failed;
  }

  int MoveUp(int folder, const char* name) {
    for (;;) {
      const std::string free = std::to_string(next_++);
      if (renameat(folder, name, number(), free.c_str()) == 0 || errno == ENOENT) return 0;
      const bool is_taken = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR;
      if (!is_taken) return errno;
    }
  }

  Stream stream_;
  std::uint64_t next_ = 0;
};

}  // namespace

Status RemoveTree(const std::string& path) {
  Stream stream = OpenFolder(AT_FDCWD, path.c_str());
  if (!stream && errno == ENOENT) return {};
  if (!stream) return SystemError("open " + path, errno);
  const int failed = Top(std::move(stream)).Empty();
  if (failed != 0) return SystemError("remove what is in " + path, failed);
  if (rmdir(path.c_str()) != 0 && errno != ENOENT) return SystemError("remove " + path, errno);
  return {};
}

}  // namespace runtime::agent
