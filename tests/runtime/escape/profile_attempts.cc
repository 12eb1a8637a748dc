// What profiles/default.json denies; of most calls it does not matter what they are given.

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/runtime/escape/attempt.h"

namespace {

#ifndef SYS_open_tree_attr
constexpr long SYS_open_tree_attr = 467;
#endif

// No call here does harm should it be allowed.
template <long number>
Outcome Bare() {
  return OutcomeOf(syscall(number, 0, 0, 0, 0, 0, 0));
}

template <unsigned long flag>
Outcome Unshare() {
  return OutcomeOf(syscall(SYS_unshare, flag));
}

template <unsigned long flag>
Outcome Clone() {
  const long pid = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  return OutcomeOf(pid);
}

template <unsigned long flag>
Outcome Clone3() {
  clone_args arguments = {};
  arguments.flags = flag;
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid == 0) _exit(0);
  return OutcomeOf(pid);
}

template <unsigned long family>
Outcome Socket() {
  return OutcomeOf(syscall(SYS_socket, family, SOCK_STREAM, 0));
}

Outcome SetNamespace() {
  const int own = open("/proc/self/ns/net", O_RDONLY);
  return OutcomeOf(syscall(SYS_setns, own, 0));
}

Outcome Mount() { return OutcomeOf(syscall(SYS_mount, "none", "/", "tmpfs", 0, 0)); }

#ifdef __x86_64__
constexpr unsigned long kX32 = 0x40000000;

Outcome X32Mount() { return OutcomeOf(syscall(kX32 | SYS_mount, "none", "/", "tmpfs", 0, 0)); }
Outcome X32Unknown() { return OutcomeOf(syscall(kX32 | 1000)); }
Outcome X32Unshare() { return OutcomeOf(syscall(kX32 | SYS_unshare, CLONE_NEWUSER)); }

// int 0x80: the numbers and registers of 32-bit x86. Without CONFIG_IA32_EMULATION, or with
// ia32_emulation=0, the kernel has no such gate: SIGSEGV.
Outcome Interrupt(long number, long first = 0, long second = 0, long third = 0) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(first), "c"(second), "d"(third)
               : "memory", "r8", "r9", "r10", "r11");
  return result < 0 ? (Outcome)-result : 0;
}

Outcome InterruptMount() { return Interrupt(21); }
Outcome InterruptUnshare() { return Interrupt(310, CLONE_NEWUSER); }
Outcome InterruptSetns() { return Interrupt(346); }
Outcome InterruptVsock() { return Interrupt(359, 40, SOCK_STREAM, 0); }
Outcome InterruptSocketcall() {
  static const unsigned arguments[] = {40, SOCK_STREAM, 0};  // static: below 4 GiB
  return Interrupt(102, 1, (long)arguments);
}
#endif

constexpr char kDefault[] = "profile: the default action";
constexpr char kAdmin[] = "profile: with CAP_SYS_ADMIN alone";
constexpr char kMask[] = "profile: clone with a namespace's flag, CAP_SYS_ADMIN alone";
constexpr char kHidden[] = "profile: clone3 is hidden, its flags lie in memory";
constexpr char kFamily[] = "profile: the socket families that are allowed";

const Attempt kAttempts[] = {
    {"mount", Mount, EPERM, EPERM, kAdmin},
    {"umount2", Bare<SYS_umount2>, EPERM, EPERM, kAdmin},
    {"fsopen", Bare<SYS_fsopen>, EPERM, EPERM, kAdmin},
    {"fsconfig", Bare<SYS_fsconfig>, EPERM, EPERM, kAdmin},
    {"fsmount", Bare<SYS_fsmount>, EPERM, EPERM, kAdmin},
    {"fspick", Bare<SYS_fspick>, EPERM, EPERM, kAdmin},
    {"open_tree", Bare<SYS_open_tree>, EPERM, EPERM, kAdmin},
    {"open_tree_attr",
     Bare<SYS_open_tree_attr>,
     {ENOSYS, EPERM},
     {ENOSYS, EPERM},
     "profile: newer than it knows"},
    {"move_mount", Bare<SYS_move_mount>, EPERM, EPERM, kAdmin},
    {"mount_setattr", Bare<SYS_mount_setattr>, EPERM, EPERM, kAdmin},
    {"unshare mnt", Unshare<CLONE_NEWNS>, EPERM, EPERM, kAdmin},
    {"unshare user", Unshare<CLONE_NEWUSER>, EPERM, EPERM, kAdmin},
    {"unshare pid", Unshare<CLONE_NEWPID>, EPERM, EPERM, kAdmin},
    {"unshare net", Unshare<CLONE_NEWNET>, EPERM, EPERM, kAdmin},
    {"unshare ipc", Unshare<CLONE_NEWIPC>, EPERM, EPERM, kAdmin},
    {"unshare uts", Unshare<CLONE_NEWUTS>, EPERM, EPERM, kAdmin},
    {"unshare cgroup", Unshare<CLONE_NEWCGROUP>, EPERM, EPERM, kAdmin},
    {"unshare time", Unshare<CLONE_NEWTIME>, EPERM, EPERM, kAdmin},
    {"clone mnt", Clone<CLONE_NEWNS>, EPERM, EPERM, kMask},
    {"clone user", Clone<CLONE_NEWUSER>, EPERM, EPERM, kMask},
    {"clone pid", Clone<CLONE_NEWPID>, EPERM, EPERM, kMask},
    {"clone net", Clone<CLONE_NEWNET>, EPERM, EPERM, kMask},
    {"clone ipc", Clone<CLONE_NEWIPC>, EPERM, EPERM, kMask},
    {"clone uts", Clone<CLONE_NEWUTS>, EPERM, EPERM, kMask},
    {"clone cgroup", Clone<CLONE_NEWCGROUP>, EPERM, EPERM, kMask},
    {"clone user, upper word", Clone<CLONE_NEWUSER | 0x500000000>, EPERM, EPERM, kMask},
    {"clone3 mnt", Clone3<CLONE_NEWNS>, ENOSYS, ENOSYS, kHidden},
    {"clone3 user", Clone3<CLONE_NEWUSER>, ENOSYS, ENOSYS, kHidden},
    {"clone3 pid", Clone3<CLONE_NEWPID>, ENOSYS, ENOSYS, kHidden},
    {"clone3 net", Clone3<CLONE_NEWNET>, ENOSYS, ENOSYS, kHidden},
    {"clone3 ipc", Clone3<CLONE_NEWIPC>, ENOSYS, ENOSYS, kHidden},
    {"clone3 uts", Clone3<CLONE_NEWUTS>, ENOSYS, ENOSYS, kHidden},
    {"clone3 cgroup", Clone3<CLONE_NEWCGROUP>, ENOSYS, ENOSYS, kHidden},
    {"clone3 time", Clone3<CLONE_NEWTIME>, ENOSYS, ENOSYS, kHidden},
    {"setns", SetNamespace, EPERM, EPERM, kAdmin},
    {"open_by_handle_at", Bare<SYS_open_by_handle_at>, EPERM, EPERM,
     "profile: with CAP_DAC_READ_SEARCH alone"},
    {"keyctl", Bare<SYS_keyctl>, EPERM, EPERM, kDefault},
    {"add_key", Bare<SYS_add_key>, EPERM, EPERM, kDefault},
    {"request_key", Bare<SYS_request_key>, EPERM, EPERM, kDefault},
    {"bpf", Bare<SYS_bpf>, EPERM, EPERM, "profile: with CAP_SYS_ADMIN or CAP_BPF alone"},
    {"perf_event_open", Bare<SYS_perf_event_open>, EPERM, EPERM,
     "profile: with CAP_SYS_ADMIN or CAP_PERFMON alone"},
    {"userfaultfd", Bare<SYS_userfaultfd>, EPERM, EPERM, kDefault},
    {"io_uring_setup", Bare<SYS_io_uring_setup>, EPERM, EPERM, kDefault},
    {"kexec_load", Bare<SYS_kexec_load>, EPERM, EPERM, kDefault},
    {"init_module", Bare<SYS_init_module>, EPERM, EPERM, "profile: with CAP_SYS_MODULE alone"},
    {"finit_module", Bare<SYS_finit_module>, EPERM, EPERM, "profile: with CAP_SYS_MODULE alone"},
    {"delete_module", Bare<SYS_delete_module>, EPERM, EPERM, "profile: with CAP_SYS_MODULE alone"},
    {"acct", Bare<SYS_acct>, EPERM, EPERM, "profile: with CAP_SYS_PACCT alone"},
    {"swapon", Bare<SYS_swapon>, EPERM, EPERM, kDefault},
    {"reboot", Bare<SYS_reboot>, EPERM, EPERM, "profile: with CAP_SYS_BOOT alone"},
    {"settimeofday", Bare<SYS_settimeofday>, EPERM, EPERM, "profile: with CAP_SYS_TIME alone"},
    {"syslog", Bare<SYS_syslog>, EPERM, EPERM, "profile: with CAP_SYSLOG alone"},
    {"quotactl", Bare<SYS_quotactl>, EPERM, EPERM, kAdmin},
    {"kcmp", Bare<SYS_kcmp>, EPERM, EPERM, "profile: with CAP_SYS_PTRACE alone"},
    {"pidfd_getfd", Bare<SYS_pidfd_getfd>, EPERM, EPERM, "profile: with CAP_SYS_PTRACE alone"},
    {"fanotify_init", Bare<SYS_fanotify_init>, EPERM, EPERM, kAdmin},
    {"sethostname", Bare<SYS_sethostname>, EPERM, EPERM, kAdmin},
    {"AF_VSOCK", Socket<40>, EPERM, EPERM, kFamily},
    {"AF_VSOCK, upper word", Socket<0x100000028>, EPERM, EPERM, kFamily},
    {"AF_ALG", Socket<38>, EPERM, EPERM, kFamily},
    {"AF_ALG, upper word", Socket<0x100000026>, EPERM, EPERM, kFamily},
#ifdef __x86_64__
    {"iopl", Bare<SYS_iopl>, EPERM, EPERM, "profile: with CAP_SYS_RAWIO alone"},
    {"ioperm", Bare<SYS_ioperm>, EPERM, EPERM, "profile: with CAP_SYS_RAWIO alone"},
    {"x32 mount", X32Mount, EPERM, EPERM, kAdmin},
    {"x32 unshare user", X32Unshare, EPERM, EPERM, kAdmin},
    {"x32 number 1000", X32Unknown, ENOSYS, ENOSYS, "profile: newer than it knows"},
    {"int 0x80 mount",
     InterruptMount,
     {EPERM, kBySegv},
     {EPERM, kBySegv},
     "profile, or a kernel without that gate"},
    {"int 0x80 unshare user",
     InterruptUnshare,
     {EPERM, kBySegv},
     {EPERM, kBySegv},
     "profile, or a kernel without that gate"},
    {"int 0x80 setns",
     InterruptSetns,
     {EPERM, kBySegv},
     {EPERM, kBySegv},
     "profile, or a kernel without that gate"},
    {"int 0x80 AF_VSOCK",
     InterruptVsock,
     {EPERM, kBySegv},
     {EPERM, kBySegv},
     "profile, or a kernel without that gate"},
    // The one that gets through, in Docker's own profile too: profiles/README.md tells how to close
    // it. Below: of a kernel with such sockets, without them, without the gate.
    {"int 0x80 socketcall AF_VSOCK",
     InterruptSocketcall,
     {0, EAFNOSUPPORT, kBySegv},
     {0, EAFNOSUPPORT, kBySegv},
     "NOT STOPPED, as by Docker: socketcall hides the family"},
#endif
};

}  // namespace

Attempts AgainstTheProfile() { return {kAttempts, sizeof(kAttempts) / sizeof(kAttempts[0])}; }
