#include "schema/filter/library.h"

#include <seccomp.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "schema/kernel/syscall.h"

namespace schema::filter {
namespace {

// The library has one table of names for all architectures: what it does not know on any has
// __NR_SCMP_ERROR.
bool Knows(const kernel::Syscall& syscall) {
  return seccomp_syscall_resolve_name(std::string(syscall.name).c_str()) != __NR_SCMP_ERROR;
}

bool IsOnAnyArchitecture(const kernel::Syscall& syscall) {
  return std::ranges::any_of(kernel::Architectures(), [&](const auto& facts) {
    return kernel::FindEntry(facts.architecture, syscall.name) != nullptr;
  });
}

// The last release of Linux, since 3.5, before that of the first call which the library does not
// know.
kernel::KernelVersion SyscallsUntil() {
  constexpr kernel::KernelVersion kFirstFilters{3, 5};
  kernel::KernelVersion last = kFirstFilters;
  kernel::KernelVersion first_unknown{~0U, 0};
  for (const kernel::Syscall& syscall : kernel::Syscalls()) {
    if (syscall.since > kFirstFilters && !Knows(syscall) && IsOnAnyArchitecture(syscall)) {
      first_unknown = std::min(first_unknown, syscall.since);
    }
  }
  for (const kernel::Syscall& syscall : kernel::Syscalls()) {
    if (syscall.since > last && syscall.since < first_unknown && IsOnAnyArchitecture(syscall)) {
      last = syscall.since;
    }
  }
  return last;
}

}  // namespace

kernel::Libseccomp Library() {
  static const kernel::Libseccomp library = [] {
    const scmp_version* version = seccomp_version();
    return kernel::Libseccomp{{version->major, version->minor, version->micro}, SyscallsUntil()};
  }();
  return library;
}

void UseWholeLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    constexpr unsigned kHighestApiLevel = 6;  // seccomp_api_get(3), libseccomp 2.5
    seccomp_api_set(kHighestApiLevel);
  });
}

}  // namespace schema::filter
