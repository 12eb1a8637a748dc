// What a program costs the kernel, counted in executed instructions: a filter's time follows them
// on every machine.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/version.h"

namespace schema::filter {

struct CallCost {
  std::uint32_t number = 0;     // of seccomp_data.nr
  std::size_t executed = 0;     // by a call whose arguments are all 0
  std::size_t longest = 0;      // on the longest path that the number leaves open, arguments free
  bool can_be_allowed = false;  // some such path ends with SECCOMP_RET_ALLOW
  // What the kernel finds out when the filter is loaded: allowed without a look at the arguments,
  // so that the filter need not be run for the call. `at_load`: executed to find out.
  bool always_allowed = false;
  std::size_t at_load = 0;
};

// In the order of `numbers`. On the longest path each comparison of an argument may go both ways,
// whatever the path has learnt of the argument before, and so may those of what else than loads and
// ANDs by a constant leaves in A. Errors: kInvalid, the kernel would refuse the program.
// Source: seccomp_is_const_allow() in kernel/seccomp.c, without its exceptions for uretprobe and
// uprobe, which no filter is asked about.
Result<std::vector<CallCost>> CostOf(std::span<const sock_filter> program,
                                     kernel::Architecture architecture,
                                     std::span<const std::uint32_t> numbers);

double Mean(std::span<const CallCost> calls);  // of `executed`; 0 without calls
std::size_t Most(std::span<const CallCost> calls);

// The numbers of the architecture's table in that release, ascending: its calls, and the holes
// between them, for which the kernel runs a filter as well. arm's private calls lie apart.
std::vector<std::uint32_t> TableNumbers(kernel::Architecture architecture,
                                        kernel::KernelVersion kernel);

// The architectures whose always allowed calls a kernel built for `architecture` keeps: its own and
// that of its 32-bit programs. None before Linux 5.11, and none on MIPS. Source:
// SECCOMP_ARCH_NATIVE and SECCOMP_ARCH_COMPAT in arch/*/include/asm/seccomp.h, Linux 6.1; x86's
// says why x32 is none.
std::vector<kernel::Architecture> CachedArchitectures(kernel::Architecture architecture,
                                                      kernel::KernelVersion kernel);

// Executed when the filter is loaded: for each number of those architectures; std::nullopt where
// there are none. The first filter of a process: another one is run for less. Errors: as CostOf.
// Source: seccomp_cache_prepare_bitmap() in kernel/seccomp.c.
Result<std::optional<std::size_t>> LoadCost(std::span<const sock_filter> program,
                                            kernel::Architecture architecture,
                                            kernel::KernelVersion kernel);

}  // namespace schema::filter
