// The container's own mounts: its root, /dev and /proc. In the child: see child.h.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

// Tables stand here, not in the functions: there a compiler may copy them to the stack by memcpy.

// What is mounted at a folder of the root, which is made where it is missing.
struct Mount {
  const char* path;
  unsigned mode;  // of the folder
  const char* type;
  unsigned long flags;
  const char* options;
  long magic;  // of statfs(2)
  Step step;
};
// The size of /dev as Docker's: what root writes there is the host's memory.
constexpr Mount kDev = {
    "/dev",      0755,           "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k",
    TMPFS_MAGIC, Step::kMountDev};
constexpr Mount kProc = {
    "/proc",         0555, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr, PROC_SUPER_MAGIC,
    Step::kMountProc};
constexpr int kFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// Numbers: Documentation/admin-guide/devices.txt of Linux. In the order of kDevNodeNames.
constexpr unsigned kDevices[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
constexpr const char* kDevLinks[] = {"/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1",
                                     "/proc/self/fd/2", "pts/ptmx"};
constexpr size_t kDeviceCount = sizeof(kDevices) / sizeof(kDevices[0]);
constexpr size_t kLinkCount = sizeof(kDevLinks) / sizeof(kDevLinks[0]);
constexpr size_t kNodeCount = sizeof(kDevNodeNames) / sizeof(kDevNodeNames[0]);

// maskedPaths and readonlyPaths of Docker: moby, daemon/pkg/oci/defaults.go.
constexpr const char* kReadOnly[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
constexpr const char* kMaskedFiles[] = {"kcore",       "keys",        "latency_stats", "timer_list",
                                        "timer_stats", "sched_debug", "interrupts"};
constexpr const char* kMaskedFolders[] = {"acpi", "asound", "scsi"};

// struct mount_attr of mount_setattr(2): MOUNT_ATTR_NODEV (linux/mount.h) is to be set.
constexpr uint64_t kNoDevices[4] = {4, 0, 0, 0};

// The folder that `mount` goes to; making it is the one thing that stays of a launch in the rootfs:
// not for a filter that is refused. And it is no link, which would have one mount land on another,
// or over the files that are to be protected.
long OpenMountPoint(const Plan& plan, const Mount& mount) {
  long folder = Call(SYS_openat, AT_FDCWD, mount.path, kFolder, 0);
  if (folder < 0 && errno == ENOENT) {
    AwaitFilter(plan);
    const long made = Call(SYS_mkdirat, AT_FDCWD, mount.path, mount.mode);
    if (made < 0 && errno != EEXIST) Fail(plan, mount.step);
    folder = Call(SYS_openat, AT_FDCWD, mount.path, kFolder, 0);
  }
  if (folder >= 0) return folder;
  const int error = errno;
  char target;
  const bool is_link = Call(SYS_readlinkat, AT_FDCWD, mount.path, &target, sizeof(target)) >= 0;
  errno = is_link ? ELOOP : error;
  Fail(plan, mount.step);
}

// Of the file system that `file` is on.
uint64_t DeviceOf(const Plan& plan, long file, Step step) {
  struct statx status;
  Check(Call(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status), plan, step);
  return (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
}

// Whoever can write to the rootfs from outside may put another folder or a link in the place of the
// mount point at any time. So the folder is held, and what was mounted on it is the working
// directory from here on: no path leads there a second time. Source: CVE-2019-19921, runc.
void MountAndEnter(const Plan& plan, const Mount& mount) {
  const long folder = OpenMountPoint(plan, mount);
  Check(Call(SYS_fchdir, folder), plan, mount.step);
  Check(Call(SYS_mount, mount.type, ".", mount.type, mount.flags, mount.options), plan, mount.step);
  const long mounted = Call(SYS_openat, AT_FDCWD, mount.path, kFolder, 0);
  Check(mounted, plan, mount.step);
  struct statfs status;
  Check(Call(SYS_fstatfs, mounted, &status), plan, mount.step);
  const bool is_new = DeviceOf(plan, mounted, mount.step) != DeviceOf(plan, folder, mount.step);
  if ((long)status.f_type != mount.magic || !is_new) {
    errno = ESTALE;
    Fail(plan, mount.step);
  }
  Check(Call(SYS_fchdir, mounted), plan, mount.step);
  Call(SYS_close, folder);
  Call(SYS_close, mounted);
}

// Before /proc is mounted, so that no symbolic link of the rootfs can lead through it to the host.
// A descriptor of its null device.
long MakeDev(const Plan& plan) {
  MountAndEnter(plan, kDev);
  const long old_umask = Call(SYS_umask, 0);
  Check(old_umask, plan, Step::kMountDev);
  for (size_t i = 0; i < kNodeCount; ++i) {
    const char* const name = kDevNodeNames[i];
    long made = 0;
    if (i < kDeviceCount) {
      made =
          Call(SYS_mknodat, AT_FDCWD, name, S_IFCHR | 0666, kDevices[i][0] << 8 | kDevices[i][1]);
    } else if (i < kDeviceCount + kLinkCount) {
      made = Call(SYS_symlinkat, kDevLinks[i - kDeviceCount], AT_FDCWD, name);
    } else {
      made = Call(SYS_mkdirat, AT_FDCWD, name, S_ISVTX | 0777);
    }
    Check(made, plan, Step::kDeviceNode, i);
  }
  Check(Call(SYS_umask, old_umask), plan, Step::kMountDev);
  // Each device is a mount of its own, so that these alone can be opened: see ForbidDevices.
  for (size_t i = 0; i < kDeviceCount; ++i) {
    Check(Call(SYS_mount, kDevNodeNames[i], kDevNodeNames[i], 0, MS_BIND, 0), plan,
          Step::kDeviceNode, i);
  }
  Check(Call(SYS_mount, 0, ".", 0, MS_BIND | MS_REMOUNT | MS_NODEV | kDev.flags, 0), plan,
        Step::kMountDev);
  // Terminals of its own, as crun and runc mount them; group 5 is tty.
  Check(Call(SYS_mount, "devpts", "pts", "devpts", MS_NOSUID | MS_NOEXEC,
             "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        plan, Step::kMountDev);
  const long null = Call(SYS_openat, AT_FDCWD, kDevNodeNames[0], O_PATH | O_CLOEXEC, 0);
  Check(null, plan, Step::kMountDev);
  return null;
}

// Root of a container is root to the permissions of these files: it could set the host's core
// handler or read its memory. Those that this kernel does not have are skipped. /proc is the
// working directory.
void ProtectProc(const Plan& plan, long null) {
  for (const char* path : kReadOnly) {
    if (Call(SYS_mount, path, path, 0, MS_BIND | MS_REC, 0) < 0) {
      if (errno == ENOENT) continue;
      Fail(plan, Step::kProtectProc);
    }
    Check(Call(SYS_mount, 0, path, 0, MS_BIND | MS_REMOUNT | MS_RDONLY | kProc.flags, 0), plan,
          Step::kProtectProc);
  }
  char null_path[32];
  Print(Copy(null_path, "self/fd/"), (uint64_t)null, 1, '\0');
  for (const char* path : kMaskedFiles) {
    if (Call(SYS_mount, null_path, path, 0, MS_BIND, 0) >= 0) continue;
    // Absent must be the file, not the device.
    if (errno != ENOENT || Call(SYS_faccessat, AT_FDCWD, path, F_OK) >= 0) {
      Fail(plan, Step::kProtectProc);
    }
  }
  for (const char* path : kMaskedFolders) {
    const long result = Call(SYS_mount, "tmpfs", path, "tmpfs", MS_RDONLY | kProc.flags, 0);
    if (result < 0 && errno != ENOENT) Fail(plan, Step::kProtectProc);
  }
}

// Docker's capabilities have CAP_MKNOD: root of a container makes itself a node of the host's disk,
// or finds one in the rootfs. Others keep it from being opened by the controller of devices; here
// it is on a mount without devices, which takes CAP_SYS_ADMIN to change.
void ForbidDevices(const Plan& plan) {
  const long result =
      Call(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, kNoDevices, sizeof(kNoDevices));
  if (result >= 0) return;
  if (errno != ENOSYS) Fail(plan, Step::kNoDevices);
  // Linux before 5.12: the rootfs itself, with the flags that it has, in statfs(2)'s numbers; the
  // one flag that is another for mount(2) is the default there.
  constexpr unsigned long kSame = MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME;
  struct statfs status;
  Check(Call(SYS_statfs, "/", &status), plan, Step::kNoDevices);
  Check(Call(SYS_mount, 0, "/", 0,
             MS_BIND | MS_REMOUNT | MS_NODEV | ((unsigned long)status.f_flags & kSame), 0),
        plan, Step::kNoDevices);
}

void EnterRootfs(const Plan& plan) {
  Check(Call(SYS_mount, plan.rootfs, plan.rootfs, 0, MS_BIND | MS_REC, 0), plan, Step::kBindRootfs);
  Check(Call(SYS_chdir, plan.rootfs), plan, Step::kEnterRootfs);
  // What the host mounts below the rootfs later is not for the container.
  Check(Call(SYS_mount, 0, ".", 0, MS_REC | MS_PRIVATE, 0), plan, Step::kMountPropagation);
  // The old root lands on top of the new one, and is detached there: no folder to put it in is
  // needed. Source: pivot_root(2), 'pivot_root(".", ".")'.
  Check(Call(SYS_pivot_root, ".", "."), plan, Step::kPivotRoot);
  Check(Call(SYS_umount2, ".", MNT_DETACH), plan, Step::kDetachOldRoot);
  Check(Call(SYS_chdir, "/"), plan, Step::kEnterRootfs);
  ForbidDevices(plan);
}

}  // namespace

void ArrangeMounts(const Plan& plan) {
  if (!plan.mount_namespace) return;
  // Slave, not private: none of our mounts reaches the host, but the host's unmounts reach us, so
  // that a container does not keep a disk busy which the host has unmounted.
  Check(Call(SYS_mount, 0, "/", 0, MS_REC | MS_SLAVE, 0), plan, Step::kMountPropagation);
  long null = -1;
  if (plan.rootfs != nullptr) {
    // Whatever symbolic links the rootfs holds: from here on they end inside it.
    EnterRootfs(plan);
    null = MakeDev(plan);
    Check(Call(SYS_chdir, "/"), plan, Step::kEnterRootfs);
  }
  if (!plan.mount_proc) return;
  if (null < 0) null = Call(SYS_openat, AT_FDCWD, "/dev/null", O_PATH | O_CLOEXEC, 0);
  Check(null, plan, Step::kProtectProc);
  const long before = Call(SYS_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  Check(before, plan, Step::kMountProc);
  MountAndEnter(plan, kProc);
  ProtectProc(plan, null);
  Check(Call(SYS_fchdir, before), plan, Step::kMountProc);
  Call(SYS_close, before);
  Call(SYS_close, null);
}

}  // namespace runtime::launch
