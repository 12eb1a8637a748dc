#include "runtime/run/kept_argument.h"

#include <linux/sched.h>

#include <algorithm>
#include <array>

namespace runtime::run {
namespace {

using schema::kernel::Architecture;

// Of an int the kernel reads the low half of the register: a comparison of all of it could be got
// round, or would fail on what a compiler left in the upper half.
constexpr std::uint64_t kInt = 0xFFFFFFFF;

// Flags that make namespaces. Not CLONE_NEWTIME, which is clone3's and unshare's: clone(2) has the
// signal of the child's end in its place.
constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
static_assert(kNamespaces == 0x7E020000);  // Docker's mask

struct Entry {
  std::string_view call;
  KeptArgument argument;
};

// By name. The manual page says what the argument is; SYSCALL_DEFINE of the call, whether it is an
// int. Not fcntl, setsockopt and the like: they act on a descriptor that another call has opened.
// Not clone3, bpf's attributes and other flags in memory, which no filter sees.
constexpr std::array kEntries = {
    Entry{"bpf", {0, kInt}},                 // bpf(2): cmd
    Entry{"clone", {0, kNamespaces}},        // clone(2): flags; a thread and a process are alike
    Entry{"ioctl", {1, kInt}},               // ioctl(2): the kernel's `unsigned int cmd`
    Entry{"keyctl", {0, kInt}},              // keyctl(2): operation
    Entry{"personality", {0, kInt}},         // personality(2): an unsigned int to the kernel
    Entry{"prctl", {0, kInt}},               // prctl(2): option
    Entry{"ptrace", {0, ~std::uint64_t{}}},  // ptrace(2): request, a long to the kernel
    Entry{"seccomp", {0, kInt}},             // seccomp(2): operation
    Entry{"setns", {1, kInt}},               // setns(2): nstype
    Entry{"socket", {0, kInt}},              // socket(2): domain
    Entry{"socketpair", {0, kInt}},          // socketpair(2): domain
    Entry{"unshare", {0, kInt}},             // unshare(2): flags
};

}  // namespace

std::optional<KeptArgument> KeptArgumentOf(Architecture architecture, std::string_view call) {
  const auto* found = std::ranges::lower_bound(kEntries, call, {}, &Entry::call);
  if (found == kEntries.end() || found->call != call) return std::nullopt;
  KeptArgument argument = found->argument;
  // clone(2), "C library/kernel differences": there the stack comes first.
  const bool is_s390 = architecture == Architecture::kS390 || architecture == Architecture::kS390x;
  if (call == "clone" && is_s390) argument.index = 1;
  return argument;
}

}  // namespace runtime::run
