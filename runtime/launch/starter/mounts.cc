// The container's own mounts: its root, /dev and /proc. In the child: see child.h.

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/launch/starter/child.h"

namespace runtime::launch {
namespace {

// Tables stand here, not in the functions: there a compiler may copy them to the stack by memcpy.

// Numbers: Documentation/admin-guide/devices.txt of Linux. In the order of kDevNodeNames.
constexpr unsigned kDevices[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
constexpr const char* kDevPaths[] = {"/dev/null",    "/dev/zero",   "/dev/full", "/dev/random",
                                     "/dev/urandom", "/dev/tty",    "/dev/fd",   "/dev/stdin",
                                     "/dev/stdout",  "/dev/stderr", "/dev/ptmx", "/dev/pts",
                                     "/dev/shm"};
constexpr const char* kDevLinks[] = {"/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1",
                                     "/proc/self/fd/2", "pts/ptmx"};
constexpr size_t kDeviceCount = sizeof(kDevices) / sizeof(kDevices[0]);
constexpr size_t kLinkCount = sizeof(kDevLinks) / sizeof(kDevLinks[0]);
constexpr size_t kDevPathCount = sizeof(kDevPaths) / sizeof(kDevPaths[0]);
static_assert(kDevPathCount == sizeof(kDevNodeNames) / sizeof(kDevNodeNames[0]));

// maskedPaths and readonlyPaths of Docker: moby, daemon/pkg/oci/defaults.go.
constexpr const char* kReadOnly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};
constexpr const char* kMaskedFiles[] = {
    "/proc/kcore",       "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
    "/proc/timer_stats", "/proc/sched_debug", "/proc/interrupts"};
constexpr const char* kMaskedFolders[] = {"/proc/acpi", "/proc/asound", "/proc/scsi"};

constexpr unsigned long kProcFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
constexpr unsigned long kDevFlags = MS_NOSUID | MS_STRICTATIME;

// struct mount_attr of mount_setattr(2): MOUNT_ATTR_NODEV (linux/mount.h) is to be set.
constexpr uint64_t kNoDevices[4] = {4, 0, 0, 0};

// The one thing that stays of a launch in the rootfs: not for a filter that is refused.
// And not by a link, which would have one mount land on another, or over the files that are to be
// protected.
void MakeMountPoint(const Plan& plan, const char* path, unsigned mode, Step step) {
  char target;
  if (Call(SYS_readlinkat, AT_FDCWD, path, &target, sizeof(target)) >= 0) {
    errno = ELOOP;
    Fail(plan, step);
  }
  if (Call(SYS_faccessat, AT_FDCWD, path, F_OK) >= 0) return;
  AwaitFilter(plan);
  const long result = Call(SYS_mkdirat, AT_FDCWD, path, mode);
  if (result < 0 && errno != EEXIST) Fail(plan, step);
}

// Before /proc is mounted, so that no symbolic link of the rootfs can lead through it to the host.
void MakeDev(const Plan& plan) {
  MakeMountPoint(plan, "/dev", 0755, Step::kMountDev);
  // The size as Docker's: what root writes there is the host's memory.
  Check(Call(SYS_mount, "tmpfs", "/dev", "tmpfs", kDevFlags, "mode=755,size=65536k"), plan,
        Step::kMountDev);
  const long old_umask = Call(SYS_umask, 0);
  Check(old_umask, plan, Step::kMountDev);
  for (size_t i = 0; i < kDevPathCount; ++i) {
    long made = 0;
    if (i < kDeviceCount) {
      made = Call(SYS_mknodat, AT_FDCWD, kDevPaths[i], S_IFCHR | 0666,
                  kDevices[i][0] << 8 | kDevices[i][1]);
    } else if (i < kDeviceCount + kLinkCount) {
      made = Call(SYS_symlinkat, kDevLinks[i - kDeviceCount], AT_FDCWD, kDevPaths[i]);
    } else {
      made = Call(SYS_mkdirat, AT_FDCWD, kDevPaths[i], S_ISVTX | 0777);
    }
    Check(made, plan, Step::kDeviceNode, i);
  }
  Check(Call(SYS_umask, old_umask), plan, Step::kMountDev);
  // Each device is a mount of its own, so that these alone can be opened: see ForbidDevices.
  for (size_t i = 0; i < kDeviceCount; ++i) {
    Check(Call(SYS_mount, kDevPaths[i], kDevPaths[i], 0, MS_BIND, 0), plan, Step::kDeviceNode, i);
  }
  Check(Call(SYS_mount, 0, "/dev", 0, MS_BIND | MS_REMOUNT | MS_NODEV | kDevFlags, 0), plan,
        Step::kMountDev);
  // Terminals of its own, as crun and runc mount them; group 5 is tty.
  Check(Call(SYS_mount, "devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
             "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        plan, Step::kMountDev);
}

// Root of a container is root to the permissions of these files: it could set the host's core
// handler or read its memory. Those that this kernel does not have are skipped.
void ProtectProc(const Plan& plan) {
  for (const char* path : kReadOnly) {
    if (Call(SYS_mount, path, path, 0, MS_BIND | MS_REC, 0) < 0) {
      if (errno == ENOENT) continue;
      Fail(plan, Step::kProtectProc);
    }
    Check(Call(SYS_mount, 0, path, 0, MS_BIND | MS_REMOUNT | MS_RDONLY | kProcFlags, 0), plan,
          Step::kProtectProc);
  }
  for (const char* path : kMaskedFiles) {
    if (Call(SYS_mount, "/dev/null", path, 0, MS_BIND, 0) >= 0) continue;
    // Absent must be the file, not /dev/null.
    if (errno != ENOENT || Call(SYS_faccessat, AT_FDCWD, path, F_OK) >= 0) {
      Fail(plan, Step::kProtectProc);
    }
  }
  for (const char* path : kMaskedFolders) {
    const long result = Call(SYS_mount, "tmpfs", path, "tmpfs", MS_RDONLY | kProcFlags, 0);
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
  if (plan.rootfs != nullptr) {
    // Whatever symbolic links the rootfs holds: from here on they end inside it.
    EnterRootfs(plan);
    MakeDev(plan);
  }
  if (!plan.mount_proc) return;
  MakeMountPoint(plan, "/proc", 0555, Step::kMountProc);
  Check(Call(SYS_mount, "proc", "/proc", "proc", kProcFlags, 0), plan, Step::kMountProc);
  ProtectProc(plan);
}

}  // namespace runtime::launch
