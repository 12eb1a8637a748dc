#include "schema/kernel/risk.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

constexpr std::string_view kAddKey =
    "reaches the kernel's keyrings, which no namespace divides: keys of other "
    "containers among them";
constexpr std::string_view kClockAdjtime = "sets the clock, which the whole host shares";
constexpr std::string_view kClone =
    "makes namespaces: in a user namespace of its own a process has every capability, "
    "and so reaches kernel code that only root reached before";
constexpr std::string_view kCreateModule =
    "concerns the kernel's modules: code in the kernel can do anything to the host";
constexpr std::string_view kKexecLoad =
    "loads another kernel, which then runs in place of the host's";
constexpr std::string_view kSwapon = "starts and stops swapping for the whole host";
constexpr std::string_view kIopl = "reaches the input and output ports of the hardware";
constexpr std::string_view kLookupDcookie =
    "observes processes and the kernel, and can leak much about the host";
constexpr std::string_view kProcessVmReadv = "reads or writes the memory of other processes";
constexpr std::string_view kGetMempolicy =
    "sets or shows on which NUMA nodes memory lies, also of other processes";
constexpr std::string_view kMount =
    "changes what is mounted: can uncover, replace or add parts of the file system, "
    "with file system code that parses what it is given";
constexpr std::string_view kPivotRoot =
    "changes the root directory, from which a process with CAP_SYS_CHROOT can get out";
constexpr std::string_view kMknod =
    "makes device files, which reach disks and memory where the device cgroup allows "
    "it";
constexpr std::string_view kFanotifyInit =
    "watches the file accesses of other processes, and with a capability can block "
    "them";
constexpr std::string_view kQuotactl = "sets disk quotas, so that a container can lift its own";
constexpr std::string_view kIoUringSetup =
    "does what it is asked without any system call that a filter could see, by code "
    "that has had many holes";
constexpr std::string_view kVm86 =
    "runs code in the processor's 16-bit mode, by rarely used code of the kernel";
constexpr std::string_view kNfsservctl = "is obsolete: no current program needs it";

constexpr std::array kRisks = {
    Risk{"_sysctl", kNfsservctl, "Docker"},
    Risk{"acct", "turns off or redirects the accounting of processes for the whole host", "Docker"},
    Risk{"add_key", kAddKey, "Docker"},
    Risk{"adjtimex", kClockAdjtime, "Docker"},
    Risk{"bpf",
         "loads programs into the kernel, which may outlive the container and see the "
         "whole host",
         "Docker"},
    Risk{"chroot", kPivotRoot, "chroot(2)"},
    Risk{"clock_adjtime", kClockAdjtime, "Docker"},
    Risk{"clock_adjtime64", kClockAdjtime, "Docker"},
    Risk{"clock_settime", kClockAdjtime, "Docker"},
    Risk{"clock_settime64", kClockAdjtime, "Docker"},
    Risk{"clone", kClone, "user_namespaces(7)"},
    Risk{"clone3", kClone, "user_namespaces(7)"},
    Risk{"create_module", kCreateModule, "Docker"},
    Risk{"delete_module", kCreateModule, "Docker"},
    Risk{"fanotify_init", kFanotifyInit, "fanotify(7)"},
    Risk{"fanotify_mark", kFanotifyInit, "fanotify(7)"},
    Risk{"finit_module", kCreateModule, "Docker"},
    Risk{"fsconfig", kMount, "mount(2)"},
    Risk{"fsmount", kMount, "mount(2)"},
    Risk{"fsopen", kMount, "mount(2)"},
    Risk{"fspick", kMount, "mount(2)"},
    Risk{"get_kernel_syms", kCreateModule, "Docker"},
    Risk{"get_mempolicy", kGetMempolicy, "Docker"},
    Risk{"init_module", kCreateModule, "Docker"},
    Risk{"io_uring_enter", kIoUringSetup, "io_uring(7); moby 24.0 release notes"},
    Risk{"io_uring_register", kIoUringSetup, "io_uring(7); moby 24.0 release notes"},
    Risk{"io_uring_setup", kIoUringSetup, "io_uring(7); moby 24.0 release notes"},
    Risk{"ioperm", kIopl, "Docker"},
    Risk{"iopl", kIopl, "Docker"},
    Risk{"kcmp",
         "tells what other processes share with the caller, and leaks the order of kernel "
         "addresses",
         "kcmp(2)"},
    Risk{"kexec_file_load", kKexecLoad, "Docker"},
    Risk{"kexec_load", kKexecLoad, "Docker"},
    Risk{"keyctl", kAddKey, "Docker"},
    Risk{"lookup_dcookie", kLookupDcookie, "Docker"},
    Risk{"mbind", kGetMempolicy, "Docker"},
    Risk{"migrate_pages", kGetMempolicy, "Docker"},
    Risk{"mknod", kMknod, "mknod(2)"},
    Risk{"mknodat", kMknod, "mknod(2)"},
    Risk{"modify_ldt",
         "installs segment descriptors of its own: rarely used code of the kernel that has "
         "had holes",
         "modify_ldt(2)"},
    Risk{"mount", kMount, "mount(2)"},
    Risk{"mount_setattr", kMount, "mount(2)"},
    Risk{"move_mount", kMount, "mount(2)"},
    Risk{"move_pages", kGetMempolicy, "Docker"},
    Risk{"name_to_handle_at",
         "tells the handles by which open_by_handle_at opens files outside the container's "
         "root",
         "open_by_handle_at(2)"},
    Risk{"nfsservctl", kNfsservctl, "Docker"},
    Risk{"open_by_handle_at",
         "opens files by handle, outside the container's root: once a way out of "
         "containers",
         "Docker"},
    Risk{"open_tree", kMount, "mount(2)"},
    Risk{"open_tree_attr", kMount, "mount(2)"},
    Risk{"perf_event_open", kLookupDcookie, "Docker"},
    Risk{"personality",
         "turns off the randomisation of addresses, or on the emulation of other systems, "
         "which is poorly tested",
         "Docker"},
    Risk{"pidfd_getfd", "takes open files out of other processes", "pidfd_getfd(2)"},
    Risk{"pivot_root", kPivotRoot, "chroot(2)"},
    Risk{"process_madvise", "gives advice on the memory of other processes", "process_madvise(2)"},
    Risk{"process_vm_readv", kProcessVmReadv, "process_vm_readv(2)"},
    Risk{"process_vm_writev", kProcessVmReadv, "process_vm_readv(2)"},
    Risk{"ptrace",
         "reads and steers other processes, and before Linux 4.8 gets round the filter "
         "itself",
         "Docker"},
    Risk{"query_module", kCreateModule, "Docker"},
    Risk{"quotactl", kQuotactl, "Docker"},
    Risk{"quotactl_fd", kQuotactl, "Docker"},
    Risk{"reboot", "restarts or halts the machine, or turns on Ctrl-Alt-Del", "reboot(2)"},
    Risk{"request_key", kAddKey, "Docker"},
    Risk{"seccomp",
         "adds filters, which only narrow; with SECCOMP_RET_USER_NOTIF a process decides "
         "over the calls of its children",
         "seccomp(2)"},
    Risk{"set_mempolicy", kGetMempolicy, "Docker"},
    Risk{"setns", "enters other namespaces, the host's too if it gets hold of one", "Docker"},
    Risk{"settimeofday", kClockAdjtime, "Docker"},
    Risk{"socket",
         "opens every address family whose kernel code there is, seldom used ones among "
         "them, such as AF_VSOCK, which no network namespace confines",
         "socket(2); vsock(7)"},
    Risk{"stime", kClockAdjtime, "Docker"},
    Risk{"swapoff", kSwapon, "Docker"},
    Risk{"swapon", kSwapon, "Docker"},
    Risk{"sysfs", kNfsservctl, "Docker"},
    Risk{"syslog", "reads the kernel's log, with the host's addresses and events, and can clear it",
         "syslog(2)"},
    Risk{"umount", kMount, "mount(2)"},
    Risk{"umount2", kMount, "mount(2)"},
    Risk{"unshare", kClone, "user_namespaces(7)"},
    Risk{"uselib", kNfsservctl, "Docker"},
    Risk{"userfaultfd",
         "stops the kernel in the middle of reading memory, which makes races in it easy "
         "to exploit",
         "userfaultfd(2)"},
    Risk{"ustat", kNfsservctl, "Docker"},
    Risk{"vm86", kVm86, "Docker"},
    Risk{"vm86old", kVm86, "Docker"},
};

}  // namespace

std::span<const Risk> Risks() { return kRisks; }

const Risk* FindRisk(std::string_view call) {
  const auto* found = std::ranges::lower_bound(kRisks, call, {}, &Risk::call);
  return found != kRisks.end() && found->call == call ? found : nullptr;
}

}  // namespace schema::kernel
