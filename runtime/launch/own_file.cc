#include "runtime/launch/own_file.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "schema/descriptor.h"

namespace runtime::launch {
namespace {

using schema::Descriptor;
using schema::Result;
using schema::Status;
using schema::SystemError;

constexpr char kOwn[] = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

bool IsReadOnly(int file) {
  struct statvfs status {};
  return fstatvfs(file, &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

bool IsSealed(int file) {
  const int seals = fcntl(file, F_GET_SEALS);
  return seals >= 0 && (seals & kSeals) == kSeals;
}

// A mount that is in no namespace, so that nobody finds it to change it. Source: open_tree(2),
// mount_setattr(2). -1: this kernel has none, or this process may not mount.
Descriptor MountReadOnly() {
  Descriptor file(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, kOwn, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (!file || syscall(SYS_mount_setattr, file.number(), "", AT_EMPTY_PATH, &attributes,
                       sizeof(attributes)) != 0) {
    return Descriptor();
  }
  return file;
}

Result<Descriptor> CopySealed(int own) {
  Descriptor copy(memfd_create("program", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return SystemError("memfd_create", errno);
  struct stat status {};
  if (fstat(own, &status) != 0) return SystemError("fstat", errno);
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t sent = sendfile(copy.number(), own, nullptr, static_cast<std::size_t>(left));
    if (sent <= 0) return SystemError("sendfile", sent < 0 ? errno : EIO);
    left -= sent;
  }
  if (fcntl(copy.number(), F_ADD_SEALS, kSeals) != 0) return SystemError("F_ADD_SEALS", errno);
  return copy;
}

// A program that is executed by its descriptor is called by that number, in ps(1) for one.
void TakeName(std::string_view path) {
  const std::string name(path.substr(path.rfind('/') + 1));
  prctl(PR_SET_NAME, name.c_str());
}

}  // namespace

Status ExecuteFromReadOnlyFile(char** argv) {
  const auto failure = [](const schema::Error& error) {
    return schema::Error(error).While("keep containers from writing to this program's file");
  };
  const Descriptor own(open(kOwn, O_RDONLY | O_CLOEXEC));
  if (!own) return failure(SystemError(kOwn, errno));
  if (IsReadOnly(own.number()) || IsSealed(own.number())) {
    TakeName(argv[0]);
    return {};
  }
  Descriptor file = MountReadOnly();
  if (!file || !IsReadOnly(file.number())) {
    auto copy = CopySealed(own.number());
    if (!copy) return failure(copy.error());
    file = std::move(*copy);
  }
  syscall(SYS_execveat, file.number(), "", argv, environ, AT_EMPTY_PATH);
  return failure(SystemError("execveat", errno));
}

}  // namespace runtime::launch
