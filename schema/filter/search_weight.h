// How often a filter is asked for calls: what the search for a call's number is ordered by.

#pragma once

#include <cstdint>

namespace schema::filter {

// Units: one run of the program for one number.
struct SearchWeight {
  // When a filter is loaded the kernel runs it for every number of its table of calls, and never
  // again for those that it allows without a look at the arguments: seccomp_cache_prepare_bitmap()
  // in kernel/seccomp.c, since Linux 5.11.
  std::uint64_t cached = 16;
  // It runs for each call of all others. What these are is up to the container; libcs and
  // runtimes try calls that are denied (clone3, io_uring_setup) at starts of processes.
  std::uint64_t not_cached = 20;
  // Numbers that are no calls of the architecture: all of a range together.
  std::uint64_t no_call = 16;
  // x32's calls, which share x86_64's search: no distribution is built for it.
  std::uint64_t x32 = 1;
};

inline constexpr SearchWeight kSearchWeight;

}  // namespace schema::filter
