// What the profile lets pass: namespaces, mounts, capabilities and closed descriptors stop it.

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/runtime/escape/attempt.h"

namespace {

template <const char* path>
Outcome Read() {
  return OutcomeOf(open(path, O_RDONLY | O_NONBLOCK));
}

template <const char* path>
Outcome Write() {
  return OutcomeOf(open(path, O_WRONLY | O_NONBLOCK));
}

// Of a file that is there: whether it holds anything. ENODATA: it does not.
template <const char* path>
Outcome ReadByte() {
  char byte = 0;
  const int file = open(path, O_RDONLY);
  if (file < 0) return errno;
  const ssize_t length = read(file, &byte, 1);
  return length == 0 ? ENODATA : OutcomeOf(length);
}

// Tables want names with linkage.
#define PATH(name, text) constexpr char name[] = text
PATH(kInitMemory, "/proc/1/mem");
PATH(kInitRoot, "/proc/1/root/bin");
PATH(kInitProgram, "/proc/1/exe");
PATH(kInitNamespace, "/proc/1/ns/mnt");
PATH(kInitEnvironment, "/proc/1/environ");
PATH(kCorePattern, "/proc/sys/kernel/core_pattern");
PATH(kModprobe, "/proc/sys/kernel/modprobe");
PATH(kSysrq, "/proc/sysrq-trigger");
PATH(kPci, "/proc/bus/pci");
PATH(kCore, "/proc/kcore");
PATH(kKeys, "/proc/keys");
PATH(kTimers, "/proc/timer_list");
PATH(kInterrupts, "/proc/interrupts");
PATH(kSys, "/sys");
PATH(kCgroups, "/sys/fs/cgroup");
PATH(kUevent, "/sys/kernel/uevent_helper");
PATH(kKernelLog, "/dev/kmsg");
PATH(kMemory, "/dev/mem");
PATH(kKvm, "/dev/kvm");
PATH(kTerminal, "/dev/tty");
PATH(kUserfault, "/dev/userfaultfd");
PATH(kAboveRoot, "/../../../../proc/../..");
#undef PATH

Outcome Attach() { return OutcomeOf(ptrace(PTRACE_ATTACH, 1, nullptr, nullptr)); }
Outcome Seize() { return OutcomeOf(ptrace(PTRACE_SEIZE, 1, nullptr, nullptr)); }

Outcome ReadMemory() {
  char byte = 0;
  iovec here = {&byte, 1};
  iovec there = {(void*)host.file, 1};  // the same address: a copy of the launcher
  return OutcomeOf(process_vm_readv(1, &here, 1, &there, 1, 0));
}

Outcome PivotRoot() { return OutcomeOf(syscall(SYS_pivot_root, ".", ".")); }

Outcome HostFile() { return OutcomeOf(open(host.file, O_RDONLY)); }

// Root of a second root may walk above it: the first one is where it ends.
Outcome BreakOutOfChroot() {
  if (mkdir("/dev/shm/inner", 0700) != 0 && errno != EEXIST) return errno;
  if (chroot("/dev/shm/inner") != 0) return errno;
  for (int i = 0; i < 64; ++i) {
    if (chdir("..") != 0) return errno;
  }
  if (chroot(".") != 0) return errno;
  return HostFile();
}

// More than 0, 1, 2 and our own.
Outcome LeakedDescriptors() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return errno;
  while (const dirent* const entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    int number = 0;
    for (const char* digit = entry->d_name; *digit != '\0'; ++digit) {
      number = number * 10 + (*digit - '0');
    }
    if (number > 2 && number != dirfd(folder) && number != told_to) return 0;
  }
  return EBADF;
}

Outcome Connect(const char* path, bool is_abstract) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path + (is_abstract ? 1 : 0), path, sizeof(address.sun_path) - 2);
  const size_t length = offsetof(sockaddr_un, sun_path) + (is_abstract ? 1 : 0) + strlen(path) +
                        (is_abstract ? 0 : 1);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  return OutcomeOf(connect(client, (const sockaddr*)&address, (socklen_t)length));
}

Outcome Agent() { return Connect(host.socket, false); }
Outcome AbstractSocket() { return Connect(host.abstract_socket, true); }
Outcome Signal() { return OutcomeOf(kill(host.pid, 0)); }

Outcome SharedMemory() {
  shmid_ds status;
  return OutcomeOf(shmctl(host.shared_memory, IPC_STAT, &status));
}

// A node for the host's /dev/kmsg, and its opening.
Outcome OwnDevice(const char* path) {
  if (mknod(path, S_IFCHR | 0600, makedev(1, 11)) != 0 && errno != EEXIST) return errno;
  return OutcomeOf(open(path, O_RDONLY | O_NONBLOCK));
}
Outcome DeviceInDev() { return OwnDevice("/dev/mine"); }
Outcome DeviceInShm() { return OwnDevice("/dev/shm/mine"); }
Outcome DeviceInRoot() { return OwnDevice("/mine"); }

template <unsigned long request>
Outcome Terminal() {
  char argument[64] = {3};  // of TIOCLINUX: paste
  return OutcomeOf(syscall(SYS_ioctl, 0, request, argument));
}

Outcome RaiseLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  ++limit.rlim_max;
  return OutcomeOf(setrlimit(RLIMIT_NOFILE, &limit));
}

Outcome OutOfMemoryLast() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY);
  return file < 0 ? errno : OutcomeOf(write(file, "-1000", 5));
}

Outcome RealTime() {
  const sched_param parameters = {.sched_priority = 1};
  return OutcomeOf(sched_setscheduler(0, SCHED_FIFO, &parameters));
}

Outcome BecomeRoot() { return geteuid() == 0 ? EPERM : OutcomeOf(setuid(0)); }

constexpr char kNotDumpable[] = "isolation: init is not dumpable, CAP_SYS_PTRACE is missing";
constexpr char kReadOnlyProc[] = "isolation: that part of /proc is mounted read-only";
constexpr char kMasked[] = "isolation: an empty file is mounted over it";
constexpr char kNoSys[] = "isolation: no sysfs is mounted";
constexpr char kOwnDev[] = "isolation: a /dev of its own, with six devices";
constexpr char kNoDevices[] = "isolation: nodev on all mounts but those of the six devices";
constexpr char kNoTerminal[] = "isolation: no terminal of the host is among its descriptors";

const Attempt kInitAttempts[] = {
    {"ptrace attach to init", Attach, EPERM, EPERM, kNotDumpable},
    {"ptrace seize of init", Seize, EPERM, EPERM, kNotDumpable},
    {"process_vm_readv of init", ReadMemory, EPERM, EPERM, kNotDumpable},
    {"memory of init", Write<kInitMemory>, EACCES, EACCES, kNotDumpable},
    {"root of init", Read<kInitRoot>, EACCES, EACCES, kNotDumpable},
    {"our own program, for reading", Read<kInitProgram>, EACCES, EACCES, kNotDumpable},
    {"our own program, for writing", Write<kInitProgram>, EACCES, EACCES, kNotDumpable},
    {"namespace of init", Read<kInitNamespace>, EACCES, EACCES, kNotDumpable},
    {"environment of init", ReadByte<kInitEnvironment>, EACCES, EACCES, kNotDumpable},
};

const Attempt kAttempts[] = {
    {"pivot_root", PivotRoot, EPERM, EPERM, "isolation: CAP_SYS_ADMIN is missing"},
    {"a file of the host", HostFile, ENOENT, ENOENT, "isolation: a root of its own"},
    {"chroot and back", BreakOutOfChroot, ENOENT, EPERM,
     "isolation: the host's root is detached; for a user, no CAP_SYS_CHROOT"},
    {"above the root", Write<kAboveRoot>, EISDIR, EISDIR, "isolation: it is the root again"},
    {"descriptors of the launcher", LeakedDescriptors, EBADF, EBADF, "isolation: they are closed"},
    {"the agent's socket", Agent, ENOENT, ENOENT, "isolation: a root of its own"},
    {"an abstract socket", AbstractSocket, ECONNREFUSED, ECONNREFUSED,
     "isolation: a network namespace of its own"},
    {"a process of the host", Signal, ESRCH, ESRCH, "isolation: a pid namespace of its own"},
    {"shared memory of the host", SharedMemory, EINVAL, EINVAL,
     "isolation: an ipc namespace of its own"},
    {"core_pattern", Write<kCorePattern>, EROFS, {EROFS, EACCES}, kReadOnlyProc},
    {"modprobe's path", Write<kModprobe>, {EROFS, ENOENT}, {EACCES, ENOENT}, kReadOnlyProc},
    {"sysrq", Write<kSysrq>, {EROFS, ENOENT}, {EACCES, ENOENT}, kReadOnlyProc},
    {"devices of the bus", Write<kPci>, {EISDIR, ENOENT}, {EISDIR, ENOENT}, kReadOnlyProc},
    {"memory of the kernel", ReadByte<kCore>, {ENODATA, ENOENT}, {ENODATA, ENOENT}, kMasked},
    {"keys of the kernel", ReadByte<kKeys>, {ENODATA, ENOENT}, {ENODATA, ENOENT}, kMasked},
    {"timers of the kernel", ReadByte<kTimers>, {ENODATA, ENOENT}, {ENODATA, ENOENT}, kMasked},
    {"interrupts", ReadByte<kInterrupts>, {ENODATA, ENOENT}, {ENODATA, ENOENT}, kMasked},
    {"/sys", Read<kSys>, ENOENT, ENOENT, kNoSys},
    {"cgroups of the host", Read<kCgroups>, ENOENT, ENOENT, kNoSys},
    {"uevent_helper", Write<kUevent>, ENOENT, ENOENT, kNoSys},
    {"/dev/kmsg", Read<kKernelLog>, ENOENT, ENOENT, kOwnDev},
    {"/dev/mem", Read<kMemory>, ENOENT, ENOENT, kOwnDev},
    {"/dev/kvm", Read<kKvm>, ENOENT, ENOENT, kOwnDev},
    {"/dev/userfaultfd", Read<kUserfault>, ENOENT, ENOENT, kOwnDev},
    {"/dev/tty", Read<kTerminal>, ENXIO, ENXIO, "isolation: a session of its own"},
    {"a device node in /dev", DeviceInDev, EACCES, {EACCES, EPERM}, kNoDevices},
    {"a device node in /dev/shm", DeviceInShm, EACCES, {EACCES, EPERM}, kNoDevices},
    {"a device node in /", DeviceInRoot, EACCES, {EACCES, EPERM}, kNoDevices},
    {"TIOCSTI", Terminal<TIOCSTI>, ENOTTY, ENOTTY, kNoTerminal},
    {"TIOCSTI, upper word", Terminal<0xdeadbeef00000000 | TIOCSTI>, ENOTTY, ENOTTY, kNoTerminal},
    {"TIOCLINUX", Terminal<TIOCLINUX>, ENOTTY, ENOTTY, kNoTerminal},
    {"TIOCLINUX, upper word", Terminal<0xdeadbeef00000000 | TIOCLINUX>, ENOTTY, ENOTTY,
     kNoTerminal},
    {"a limit raised", RaiseLimit, EPERM, EPERM, "isolation: CAP_SYS_RESOURCE is missing"},
    {"never out of memory", OutOfMemoryLast, EACCES, EACCES,
     "isolation: CAP_SYS_RESOURCE is missing"},
    {"real-time priority", RealTime, EPERM, EPERM, "isolation: CAP_SYS_NICE is missing"},
    {"root of a user", BecomeRoot, EPERM, EPERM, "isolation: CAP_SETUID is missing"},
};

}  // namespace

Attempts AgainstInit() { return {kInitAttempts, sizeof(kInitAttempts) / sizeof(kInitAttempts[0])}; }

Attempts AgainstTheIsolation() { return {kAttempts, sizeof(kAttempts) / sizeof(kAttempts[0])}; }
