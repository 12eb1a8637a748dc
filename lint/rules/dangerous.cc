#include "lint/rules/dangerous.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>

namespace lint::rules {
namespace {

// Risks that Docker's default takes; by name. chroot and mknod go with capabilities that its
// containers have, ptrace and its like with Linux 4.8, the others with nothing.
constexpr auto kTaken = std::to_array<std::string_view>({
    "adjtimex",
    "chroot",
    "clock_adjtime",
    "clock_adjtime64",
    "clone",
    "clone3",
    "fanotify_mark",
    "get_mempolicy",
    "mbind",
    "migrate_pages",
    "mknod",
    "mknodat",
    "modify_ldt",
    "move_pages",
    "name_to_handle_at",
    "personality",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "seccomp",
    "set_mempolicy",
    "socket",
});

}  // namespace

const schema::kernel::Risk* DangerOf(std::string_view call) {
  return std::ranges::binary_search(kTaken, call) ? nullptr : schema::kernel::FindRisk(call);
}

bool IsSandbox(const schema::profile::Profile& profile) {
  constexpr std::size_t kFewest = 10;
  std::set<std::string_view> names;
  for (const auto& rule : profile.syscalls) {
    for (const auto& name : rule.AllNames()) {
      names.insert(name.value);
      if (names.size() == kFewest) return true;
    }
  }
  return false;
}

}  // namespace lint::rules
