// Calls that Linux has gained since the tables of the libseccomp releases in use: so that a correct
// profile is not said to name unknown calls.

#pragma once

#include <span>
#include <string_view>

#include "schema/kernel/version.h"

namespace schema::kernel {

struct RecentSyscall {
  std::string_view name;
  KernelVersion since;  // the first release that has it on any architecture
};

std::span<const RecentSyscall> RecentSyscalls();
const RecentSyscall* FindRecentSyscall(std::string_view name);  // nullptr: not among them

}  // namespace schema::kernel
