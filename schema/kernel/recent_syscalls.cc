#include "schema/kernel/recent_syscalls.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

// Names: scripts/syscall.tbl and arch/*/entry/syscalls of the Linux sources. Releases: syscalls(2),
// and https://kernelnewbies.org/LinuxChanges for those after man-pages 6.9.
constexpr std::array kRecent = {
    RecentSyscall{"riscv_hwprobe", {6, 4}},
    RecentSyscall{"cachestat", {6, 5}},
    RecentSyscall{"fchmodat2", {6, 6}},
    RecentSyscall{"map_shadow_stack", {6, 6}},
    RecentSyscall{"futex_requeue", {6, 7}},
    RecentSyscall{"futex_wait", {6, 7}},
    RecentSyscall{"futex_wake", {6, 7}},
    RecentSyscall{"listmount", {6, 8}},
    RecentSyscall{"lsm_get_self_attr", {6, 8}},
    RecentSyscall{"lsm_list_modules", {6, 8}},
    RecentSyscall{"lsm_set_self_attr", {6, 8}},
    RecentSyscall{"statmount", {6, 8}},
    RecentSyscall{"mseal", {6, 10}},
    RecentSyscall{"uretprobe", {6, 11}},
    RecentSyscall{"getxattrat", {6, 13}},
    RecentSyscall{"listxattrat", {6, 13}},
    RecentSyscall{"removexattrat", {6, 13}},
    RecentSyscall{"setxattrat", {6, 13}},
    RecentSyscall{"open_tree_attr", {6, 15}},
    RecentSyscall{"file_getattr", {6, 17}},
    RecentSyscall{"file_setattr", {6, 17}},
    RecentSyscall{"uprobe", {6, 18}},
    RecentSyscall{"listns", {6, 19}},
    RecentSyscall{"rseq_slice_yield", {7, 0}},
};

}  // namespace

std::span<const RecentSyscall> RecentSyscalls() { return kRecent; }

const RecentSyscall* FindRecentSyscall(std::string_view name) {
  const auto* found = std::ranges::find(kRecent, name, &RecentSyscall::name);
  return found == kRecent.end() ? nullptr : found;
}

}  // namespace schema::kernel
