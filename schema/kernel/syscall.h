// System calls: names, numbers, the releases of Linux that have them, what they take and need.
// Compiled in from syscall_data.inc, which generate_syscalls makes of public packages and
// syscall.facts; no file is read, nothing is allocated, a look-up takes some tens of nanoseconds.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/version.h"

namespace schema::kernel {

// The release up to which the tables are complete.
inline constexpr KernelVersion kSyscallsUntil{7, 3};

// What the kernel reads of an argument's register, where a long has 64 bits.
enum class ArgumentType : std::uint8_t {
  kShort,    // the low 16 bits: the modes of files
  kInt,      // the low 32 bits
  kLong,     // all
  kPointer,  // all
  k64Bit,    // all; on a 32-bit ABI two arguments hold it
};

struct Syscall {
  std::string_view name;
  KernelVersion since;          // the first release that has it on any architecture
  const char* types = nullptr;  // a letter an argument: s, i, l, p, q; nullptr: not known
  std::uint64_t capability_bits = 0;
  bool implemented = true;  // false: a name and a number that no kernel with filters serves

  // How many arguments it takes; std::nullopt where that is not known.
  std::optional<unsigned> ArgumentCount() const;
  // std::nullopt: not known, or it takes no such argument.
  std::optional<ArgumentType> TypeOf(unsigned argument) const;
  // Any of these is enough, without all of them it fails with EPERM; empty: it needs none, or some
  // of what it does needs none.
  CapabilitySet Capabilities() const { return CapabilitySet(capability_bits); }
};

// A call on one architecture.
struct SyscallEntry {
  std::uint32_t number = 0;  // of seccomp_data.nr: x32's with kX32Bit
  std::uint16_t index = 0;   // into Syscalls()
  std::uint8_t since_major = 0;
  std::uint8_t since_minor = 0;
  std::uint8_t removed_major = 0;  // 0.0: not removed
  std::uint8_t removed_minor = 0;

  const Syscall& syscall() const;
  std::string_view name() const { return syscall().name; }
  KernelVersion since() const { return {since_major, since_minor}; }  // on this architecture
  std::optional<KernelVersion> removed() const;  // the first release without it
  // Whether that release serves the call.
  bool In(KernelVersion kernel) const;
};

// Every name that Linux has or had on any architecture, those that Architecture lacks too; by name.
std::span<const Syscall> Syscalls();
const Syscall* FindSyscall(std::string_view name);  // nullptr: Linux never had it

// The calls of an architecture, by number.
std::span<const SyscallEntry> SyscallEntries(Architecture architecture);
// nullptr: the architecture does not have it as a call of its own.
const SyscallEntry* FindEntry(Architecture architecture, std::string_view name);
const SyscallEntry* FindEntry(Architecture architecture, std::uint32_t number);
const SyscallEntry* FindEntry(Architecture architecture, const Syscall& syscall);

std::optional<std::uint32_t> NumberOf(Architecture architecture, std::string_view name);
std::string_view NameOf(Architecture architecture, std::uint32_t number);  // empty: no call

// The names of Syscalls(), for suggestions.
std::span<const std::string_view> SyscallNames();

}  // namespace schema::kernel
