#include "schema/kernel/sibling_syscalls.h"

#include <array>

namespace schema::kernel {
namespace {

constexpr auto kWide = std::to_array<Sibling>({
    {"mmap", "mmap2"},
    {"stat", "stat64"},
    {"lstat", "lstat64"},
    {"fstat", "fstat64"},
    {"newfstatat", "fstatat64"},
    {"lseek", "_llseek"},
    {"fcntl", "fcntl64"},
    {"truncate", "truncate64"},
    {"ftruncate", "ftruncate64"},
    {"sendfile", "sendfile64"},
    {"statfs", "statfs64"},
    {"fstatfs", "fstatfs64"},
    {"getrlimit", "ugetrlimit"},
    {"fadvise64", "fadvise64_64"},
    {"fadvise64", "arm_fadvise64_64"},
    {"chown", "chown32"},
    {"lchown", "lchown32"},
    {"fchown", "fchown32"},
    {"getuid", "getuid32"},
    {"geteuid", "geteuid32"},
    {"getgid", "getgid32"},
    {"getegid", "getegid32"},
    {"getgroups", "getgroups32"},
    {"getresuid", "getresuid32"},
    {"getresgid", "getresgid32"},
    {"setuid", "setuid32"},
    {"setgid", "setgid32"},
    {"setreuid", "setreuid32"},
    {"setregid", "setregid32"},
    {"setresuid", "setresuid32"},
    {"setresgid", "setresgid32"},
    {"setgroups", "setgroups32"},
    {"setfsuid", "setfsuid32"},
    {"setfsgid", "setfsgid32"},
});

constexpr auto kTime64 = std::to_array<Sibling>({
    {"clock_gettime", "clock_gettime64"},
    {"clock_settime", "clock_settime64"},
    {"clock_adjtime", "clock_adjtime64"},
    {"clock_getres", "clock_getres_time64"},
    {"clock_nanosleep", "clock_nanosleep_time64"},
    {"futex", "futex_time64"},
    {"mq_timedreceive", "mq_timedreceive_time64"},
    {"mq_timedsend", "mq_timedsend_time64"},
    {"ppoll", "ppoll_time64"},
    {"pselect6", "pselect6_time64"},
    {"recvmmsg", "recvmmsg_time64"},
    {"rt_sigtimedwait", "rt_sigtimedwait_time64"},
    {"sched_rr_get_interval", "sched_rr_get_interval_time64"},
    {"semtimedop", "semtimedop_time64"},
    {"timer_gettime", "timer_gettime64"},
    {"timer_settime", "timer_settime64"},
    {"timerfd_gettime", "timerfd_gettime64"},
    {"timerfd_settime", "timerfd_settime64"},
    {"utimensat", "utimensat_time64"},
});

}  // namespace

std::span<const Sibling> WideSiblings() { return kWide; }
std::span<const Sibling> Time64Siblings() { return kTime64; }

}  // namespace schema::kernel
