// bare_launch ROOTFS FILTER COMMAND [ARG...]: the floor under tests/bench/launch. The system calls
// that `seccomp-run --rootfs ROOTFS` makes for a container in pid, ipc, uts, mount and network
// namespaces under Docker's capabilities, and nothing else: no profile, no lint, no proof, no C++
// library, no reports of what failed. FILTER is what `seccomp-lint compile --emit raw` wrote. As
// root.

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

namespace {

constexpr uint64_t kDockerCapabilities = 0xa80425fb;
constexpr unsigned long kProcFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
// BPF_MAXINSNS, linux/bpf_common.h.
sock_filter instructions[BPF_MAXINSNS];

void Check(long result, const char* what) {
  if (result >= 0) return;
  perror(what);
  _exit(125);
}

unsigned short ReadFilter(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  Check(file, path);
  const ssize_t length = read(file, instructions, sizeof(instructions));
  Check(length, path);
  close(file);
  return static_cast<unsigned short>(static_cast<size_t>(length) / sizeof(sock_filter));
}

void EnterRootfs(const char* rootfs) {
  Check(mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "slave");
  Check(mount(rootfs, rootfs, nullptr, MS_BIND | MS_REC, nullptr), "bind");
  Check(chdir(rootfs), "chdir");
  Check(mount(nullptr, ".", nullptr, MS_REC | MS_PRIVATE, nullptr), "private");
  Check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  Check(umount2(".", MNT_DETACH), "umount2");
  Check(chdir("/"), "chdir");
  mount_attr no_devices = {};
  no_devices.attr_set = MOUNT_ATTR_NODEV;
  Check(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &no_devices, sizeof(no_devices)),
        "nodev");
}

void MakeDev() {
  constexpr struct {
    const char* path;
    unsigned major, minor;
  } kNodes[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
  constexpr const char* kLinks[][2] = {{"/proc/self/fd", "/dev/fd"},
                                       {"/proc/self/fd/0", "/dev/stdin"},
                                       {"/proc/self/fd/1", "/dev/stdout"},
                                       {"/proc/self/fd/2", "/dev/stderr"},
                                       {"pts/ptmx", "/dev/ptmx"}};
  mkdir("/dev", 0755);
  Check(mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"),
        "/dev");
  const mode_t old = umask(0);
  for (const auto& node : kNodes) {
    Check(mknod(node.path, S_IFCHR | 0666, makedev(node.major, node.minor)), node.path);
  }
  Check(mkdir("/dev/pts", 0755), "/dev/pts");
  Check(mkdir("/dev/shm", 01777), "/dev/shm");
  for (const auto& link : kLinks) Check(symlink(link[0], link[1]), link[1]);
  umask(old);
  for (const auto& node : kNodes) {
    Check(mount(node.path, node.path, nullptr, MS_BIND, nullptr), node.path);
  }
  Check(mount(nullptr, "/dev", nullptr,
              MS_BIND | MS_REMOUNT | MS_NODEV | MS_NOSUID | MS_STRICTATIME, nullptr),
        "/dev");
  Check(mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
              "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        "/dev/pts");
}

void MakeProc() {
  mkdir("/proc", 0555);
  Check(mount("proc", "/proc", "proc", kProcFlags, nullptr), "/proc");
  for (const char* path :
       {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}) {
    if (mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) < 0) continue;
    Check(mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | kProcFlags, nullptr),
          path);
  }
  for (const char* path : {"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                           "/proc/sched_debug", "/proc/interrupts"}) {
    mount("/dev/null", path, nullptr, MS_BIND, nullptr);
  }
  for (const char* path : {"/proc/acpi", "/proc/asound", "/proc/scsi"}) {
    mount("tmpfs", path, "tmpfs", MS_RDONLY | kProcFlags, nullptr);
  }
}

void DropCapabilities() {
  for (unsigned i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; ++i) {
    if (((kDockerCapabilities >> i) & 1) == 0) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2] = {};
  words[0].permitted = words[0].effective =
      static_cast<uint32_t>(kDockerCapabilities) | 1U << CAP_SYS_ADMIN;  // for the filter
  Check(syscall(SYS_capset, &header, words), "capset");
}

[[noreturn]] void RunChild(const char* rootfs, unsigned short length, char** argv, char** env) {
  setsid();
  syscall(SYS_close_range, 3U, ~0U, 0);
  EnterRootfs(rootfs);
  MakeDev();
  MakeProc();
  DropCapabilities();
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  sock_fprog program = {length, instructions};
  Check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
  execve(argv[0], argv, env);
  perror(argv[0]);
  _exit(127);
}

}  // namespace

int main(int argc, char** argv, char** env) {
  if (argc < 4) {
    fputs("usage: bare_launch ROOTFS FILTER COMMAND [ARG...]\n", stderr);
    return 125;
  }
  const unsigned short length = ReadFilter(argv[2]);
  clone_args arguments = {};
  int pidfd = -1;
  arguments.flags =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  Check(pid, "clone3");
  if (pid == 0) RunChild(argv[1], length, argv + 3, env);
  int status = 0;
  Check(waitpid(static_cast<pid_t>(pid), &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
