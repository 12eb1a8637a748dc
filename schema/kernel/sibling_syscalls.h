// Calls that 32-bit ABIs have twice, for a wider argument: what the C library makes there is the
// sibling, whatever the function is called.

#pragma once

#include <span>
#include <string_view>

namespace schema::kernel {

struct Sibling {
  std::string_view call;     // as 64-bit ABIs name it: mmap
  std::string_view sibling;  // mmap2
};

// Those without which a call simply fails. Not every ABI has each of them.
// Source: syscalls(2); the sysdeps of glibc and musl.
std::span<const Sibling> WideSiblings();

// Those for a time of 64 bits, from Linux 5.1 on: musl 1.2 and glibc 2.34 make them first, and the
// older call after ENOSYS alone.
// Source: Linux commit 48166e6ea47d; musl's src/time/clock_gettime.c; glibc's clock_gettime.c.
std::span<const Sibling> Time64Siblings();

}  // namespace schema::kernel
