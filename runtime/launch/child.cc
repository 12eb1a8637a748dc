// From clone to execve. The child is a copy of one thread of a process that may have many: any lock
// may be held for ever, malloc's included, by threads that do not exist here. So this file includes
// C headers only, is compiled without exceptions, RTTI, sanitizers, coverage and stack protector
// (CMakeLists.txt), and calls nothing but syscall(2) and errno:
// tests/runtime/launch/child_symbols.sh holds its object file to that.

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/launch/plan.h"

namespace runtime::launch {
namespace {

// The kernel's sigset_t; glibc's is longer.
constexpr size_t kSignalSetBytes = (_NSIG - 1) / 8;
constexpr unsigned long kAllSignals[16] = {~0UL, ~0UL, ~0UL, ~0UL};
// SIG_DFL, no flags, no mask, in the kernel's struct sigaction of any architecture; the empty set
// of signals; a timeout of no time.
constexpr unsigned long kZeros[16] = {};
static_assert(SIG_DFL == nullptr && kSignalSetBytes <= 4 * sizeof(unsigned long));

// Every argument at full width: the variadic syscall(2) would take 32 bits of an int for a pointer.
template <class T>
long Word(T value) {
  return (long)value;  // NOLINT: integers and pointers alike
}

template <class... T>
long Call(long number, T... arguments) {
  return syscall(number, Word(arguments)...);
}

// ================================================================================================
// From here to the banner below: in the child. NO malloc, NO locks, NO C library beyond syscall(2),
// NO return to the caller. After LoadFilter() only execve, write and exit_group.
// ================================================================================================

[[noreturn]] void Fail(const Plan& plan, Step step, size_t detail = 0) {
  const int error = errno;
  const Report report = {step, (uint16_t)detail, error};
  Call(SYS_write, plan.report_write, &report, sizeof(report));
  // Should the filter have refused the write: the errno by the exit status.
  Call(SYS_exit_group, error);
  Call(SYS_exit, error);
  for (;;) __builtin_trap();  // the filter refuses to let us exit: a fault it cannot refuse
}

void Check(long result, const Plan& plan, Step step, size_t detail = 0) {
  if (result < 0) Fail(plan, step, detail);
}

// Handlers of the parent must not run here, and ignored signals must not be ignored by the program
// (execve resets handlers, but keeps SIG_IGN and the mask).
void ResetSignals() {
  for (int signal = 1; signal < _NSIG; ++signal) {
    Call(SYS_rt_sigaction, signal, kZeros, 0, kSignalSetBytes);  // EINVAL for SIGKILL and SIGSTOP
  }
  Call(SYS_rt_sigprocmask, SIG_SETMASK, kZeros, 0, kSignalSetBytes);
}

void ArrangeDescriptors(const Plan& plan) {
  for (int i = 0; i < 3; ++i) {
    Check(Call(SYS_dup3, plan.stdio[i], i, 0), plan, Step::kStandardStream, (size_t)i);
  }
  // Closed, not just marked close-on-exec: an open descriptor of a folder of the host would be a
  // way out of the rootfs by /proc/self/fd (CVE-2024-21626 of runc). Before Linux 5.9 there is no
  // close_range: ours are all close-on-exec, and main() has marked those that it inherited.
  const unsigned write_end = (unsigned)plan.report_write;
  Call(SYS_close, plan.report_read);
  if (write_end > 3) Call(SYS_close_range, 3U, write_end - 1, 0);
  const long result = Call(SYS_close_range, write_end + 1, ~0U, 0);
  if (result < 0 && errno != ENOSYS) Fail(plan, Step::kDescriptors);
}

// Tables stand here, not in the functions: there a compiler may copy them to the stack by memcpy.

// Numbers: Documentation/admin-guide/devices.txt of Linux. In the order of kDevNodeNames.
constexpr unsigned kDevices[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}};
constexpr const char* kDevPaths[] = {"/dev/null",    "/dev/zero",  "/dev/full", "/dev/random",
                                     "/dev/urandom", "/dev/tty",   "/dev/fd",   "/dev/stdin",
                                     "/dev/stdout",  "/dev/stderr"};
constexpr const char* kDevLinks[] = {"/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1",
                                     "/proc/self/fd/2"};
constexpr size_t kDeviceCount = sizeof(kDevices) / sizeof(kDevices[0]);
constexpr size_t kDevPathCount = sizeof(kDevPaths) / sizeof(kDevPaths[0]);
static_assert(kDevPathCount == sizeof(kDevNodeNames) / sizeof(kDevNodeNames[0]));

// maskedPaths and readonlyPaths of Docker: moby, daemon/pkg/oci/defaults.go.
constexpr const char* kReadOnly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};
constexpr const char* kMaskedFiles[] = {"/proc/kcore",         "/proc/keys",
                                        "/proc/latency_stats", "/proc/timer_list",
                                        "/proc/sched_debug",   "/proc/interrupts"};
constexpr const char* kMaskedFolders[] = {"/proc/acpi", "/proc/asound", "/proc/scsi"};

constexpr unsigned long kProcFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// Before /proc is mounted, so that no symbolic link of the rootfs can lead through it to the host.
void MakeDev(const Plan& plan) {
  const long result = Call(SYS_mkdirat, AT_FDCWD, "/dev", 0755);
  if (result < 0 && errno != EEXIST) Fail(plan, Step::kMountDev);
  // The size as Docker's: what root writes there is the host's memory.
  Check(
      Call(SYS_mount, "tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
      plan, Step::kMountDev);
  const long old_umask = Call(SYS_umask, 0);
  for (size_t i = 0; i < kDevPathCount; ++i) {
    long made = 0;
    if (i < kDeviceCount) {
      made = Call(SYS_mknodat, AT_FDCWD, kDevPaths[i], S_IFCHR | 0666,
                  kDevices[i][0] << 8 | kDevices[i][1]);
    } else {
      made = Call(SYS_symlinkat, kDevLinks[i - kDeviceCount], AT_FDCWD, kDevPaths[i]);
    }
    Check(made, plan, Step::kDeviceNode, i);
  }
  Call(SYS_umask, old_umask);
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
    const long result = Call(SYS_mount, "/dev/null", path, 0, MS_BIND, 0);
    if (result < 0 && errno != ENOENT) Fail(plan, Step::kProtectProc);
  }
  for (const char* path : kMaskedFolders) {
    const long result = Call(SYS_mount, "tmpfs", path, "tmpfs", MS_RDONLY | kProcFlags, 0);
    if (result < 0 && errno != ENOENT) Fail(plan, Step::kProtectProc);
  }
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
}

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
  const long result = Call(SYS_mkdirat, AT_FDCWD, "/proc", 0555);
  if (result < 0 && errno != EEXIST) Fail(plan, Step::kMountProc);
  Check(Call(SYS_mount, "proc", "/proc", "proc", kProcFlags, 0), plan, Step::kMountProc);
  if (plan.rootfs != nullptr) ProtectProc(plan);
}

void ChangeDirectory(const Plan& plan) {
  if (plan.working_directory == nullptr) return;
  Check(Call(SYS_chdir, plan.working_directory), plan, Step::kWorkingDirectory);
  if (plan.rootfs == nullptr) return;
  // "/proc/1/root" and the like lead out of the rootfs. The system call then returns no absolute
  // path, but "(unreachable)/..." (getcwd(2)).
  char path[PATH_MAX];
  Check(Call(SYS_getcwd, path, sizeof(path)), plan, Step::kWorkingDirectory);
  if (path[0] == '/') return;
  errno = EXDEV;
  Fail(plan, Step::kWorkingDirectory);
}

void LimitBoundingSet(const Plan& plan) {
  if (!plan.limit_capabilities) return;
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.bounding >> i) & 1) != 0) continue;
    const long has = Call(SYS_prctl, PR_CAPBSET_READ, i, 0, 0, 0);
    if (has < 0) return;  // EINVAL: past the last one of this kernel
    if (has == 0) continue;
    Check(Call(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0), plan, Step::kBoundingSet, i);
  }
}

// seccomp(2) without no_new_privs asks for CAP_SYS_ADMIN in the effective set.
bool FilterNeedsAdmin(const Plan& plan) { return plan.filter.len > 0 && !plan.no_new_privs; }

void ChangeUser(const Plan& plan) {
  if (!plan.change_user) return;
  if (plan.limit_capabilities || FilterNeedsAdmin(plan)) {
    // Leaving uid 0 must not clear the permitted set: ambient capabilities and the right to load
    // the filter come from it. execve clears this bit.
    Check(Call(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0), plan, Step::kKeepCapabilities);
  }
#ifdef SYS_setresuid32  // where the plain ones take 16 bits
  constexpr long kSetgroups = SYS_setgroups32;
  constexpr long kSetresgid = SYS_setresgid32;
  constexpr long kSetresuid = SYS_setresuid32;
#else
  constexpr long kSetgroups = SYS_setgroups;
  constexpr long kSetresgid = SYS_setresgid;
  constexpr long kSetresuid = SYS_setresuid;
#endif
  Check(Call(kSetgroups, plan.group_count, plan.groups), plan, Step::kSupplementaryGroups);
  Check(Call(kSetresgid, plan.gid, plan.gid, plan.gid), plan, Step::kGroup);
  Check(Call(kSetresuid, plan.uid, plan.uid, plan.uid), plan, Step::kUser);
}

// Gives the child what the program is to hold, and CAP_SYS_ADMIN if the filter needs it. The
// program never gets that one: execve makes the permitted set from the file's capabilities within
// the bounding set and from the ambient set (for uid 0: from the bounding and the inheritable set),
// not from the old permitted set. capabilities(7), "Transformation of capabilities during
// execve()". For that reason it never goes into the inheritable or ambient set here.
//
// For uid 0 the permitted set is the bounding set already now: with no_new_privs execve gives no
// more than the old one, and a gain would clear the parent-death signal (commit_creds() of Linux).
void SetCapabilities(const Plan& plan) {
  const bool needs_admin = FilterNeedsAdmin(plan);
  if (!plan.limit_capabilities && !(plan.change_user && needs_admin)) return;
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
  Check(Call(SYS_capget, &header, words), plan, Step::kCapabilities);
  const uint64_t permitted = words[0].permitted | (uint64_t)words[1].permitted << 32;
  const uint64_t inheritable = words[0].inheritable | (uint64_t)words[1].inheritable << 32;

  const bool is_root = Call(SYS_geteuid) == 0;
  uint64_t keep = permitted;
  if (plan.limit_capabilities) keep = is_root ? plan.bounding : plan.ambient;
  if (needs_admin) keep |= (uint64_t)1 << CAP_SYS_ADMIN;
  keep &= permitted;
  const uint64_t inherit = plan.limit_capabilities ? plan.ambient : inheritable;
  for (unsigned i = 0; i < 2; ++i) {
    words[i].permitted = (uint32_t)(keep >> (32 * i));
    words[i].effective = words[i].permitted;
    words[i].inheritable = (uint32_t)(inherit >> (32 * i));
  }
  // Takes out of the ambient set, too, what is no longer both permitted and inheritable.
  Check(Call(SYS_capset, &header, words), plan, Step::kCapabilities);
  for (unsigned i = 0; i < 64; ++i) {
    if (((plan.ambient >> i) & 1) == 0) continue;
    Check(Call(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0), plan, Step::kAmbientSet,
          i);
  }
}

// After the change of user and capabilities, for it clears the signal (PR_SET_PDEATHSIG, prctl(2)).
void SetParentDeathSignal(const Plan& plan) {
  if (plan.parent_death_signal == 0) return;
  Check(Call(SYS_prctl, PR_SET_PDEATHSIG, plan.parent_death_signal, 0, 0, 0), plan,
        Step::kParentDeathSignal);
  // Has the parent died before? getppid(2) cannot tell in a new pid namespace, but nobody else
  // holds the pipe's other end.
  pollfd report;
  report.fd = plan.report_write;
  report.events = 0;
  report.revents = 0;
  if (Call(SYS_ppoll, &report, 1, kZeros, 0, 0) > 0 && (report.revents & POLLERR) != 0) {
    errno = ESRCH;
    Fail(plan, Step::kParentDeathSignal);
  }
}

void LoadFilter(const Plan& plan) {
  if (plan.filter.len == 0) return;
  long result = Call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, plan.filter_flags, &plan.filter);
  if (result < 0 && errno == ENOSYS && plan.filter_flags == 0) {
    // Linux before 3.17, or a sandbox around us that knows the older call alone.
    result = Call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &plan.filter, 0, 0);
  }
  if (result > 0) {  // with TSYNC: a thread that could not follow; but we are the only one
    errno = ESRCH;
    result = -1;
  }
  Check(result, plan, Step::kFilter);
}

// As execvp(3): a file that may not be executed does not end the search, but is remembered.
[[noreturn]] void Execute(const Plan& plan) {
  bool denied = false;
  for (const char* const* path = plan.candidates; *path != nullptr; ++path) {
    Call(SYS_execve, *path, plan.argv, plan.environment);
    const bool absent = errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
    if (errno == EACCES) denied = true;
    if (!absent && errno != EACCES) Fail(plan, Step::kExecute);
  }
  if (denied) errno = EACCES;
  Fail(plan, Step::kExecute);
}

[[noreturn]] void RunChild(const Plan& plan) {
  ResetSignals();
  Check(Call(SYS_setsid), plan, Step::kSession);
  ArrangeDescriptors(plan);
  ArrangeMounts(plan);
  ChangeDirectory(plan);
  LimitBoundingSet(plan);
  ChangeUser(plan);
  SetCapabilities(plan);
  if (plan.no_new_privs) {
    Check(Call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), plan, Step::kNoNewPrivs);
  }
  SetParentDeathSignal(plan);
  LoadFilter(plan);
  Execute(plan);
}

// ================================================================================================
// End of the child.
// ================================================================================================

long CloneOrFork(const Plan& plan, int* pidfd) {
  clone_args arguments;
  arguments.flags = plan.clone_flags | CLONE_PIDFD;
  arguments.pidfd = (uint64_t)Word(pidfd);
  arguments.child_tid = 0;
  arguments.parent_tid = 0;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = 0;
  arguments.stack_size = 0;
  arguments.tls = 0;
  const long pid = Call(SYS_clone3, &arguments, CLONE_ARGS_SIZE_VER0);
  if (pid >= 0 || errno != ENOSYS) return pid;
  // A sandbox around us hides clone3 (it cannot see its flags); or this is Linux before 5.3. The
  // older clone ignores CLONE_PIDFD where it does not know it: ask first.
  const long self = Call(SYS_pidfd_open, Call(SYS_getpid), 0);
  if (self < 0) return self;
  Call(SYS_close, self);
  const unsigned long flags = (unsigned long)plan.clone_flags | CLONE_PIDFD | SIGCHLD;
#ifdef __s390__
  return Call(SYS_clone, 0, flags, pidfd, 0, 0);
#else
  return Call(SYS_clone, flags, 0, pidfd, 0, 0);
#endif
}

}  // namespace

pid_t CloneChild(const Plan& plan, int* pidfd) {
  unsigned long old_mask[16];
  Call(SYS_rt_sigprocmask, SIG_SETMASK, kAllSignals, old_mask, kSignalSetBytes);
  const long pid = CloneOrFork(plan, pidfd);
  if (pid == 0) RunChild(plan);
  const int error = errno;
  Call(SYS_rt_sigprocmask, SIG_SETMASK, old_mask, 0, kSignalSetBytes);
  return pid < 0 ? -error : (pid_t)pid;
}

}  // namespace runtime::launch
