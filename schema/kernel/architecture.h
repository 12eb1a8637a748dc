// The architectures that a seccomp filter can tell apart, and their names in profiles, in moby's
// conditions and in the kernel.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/kernel/version.h"

namespace schema::kernel {

enum class Architecture : std::uint8_t {
  kX86,
  kX86_64,
  kX32,
  kArm,
  kAarch64,
  kLoongarch64,
  kM68k,
  kMips,
  kMips64,
  kMips64n32,
  kMipsel,
  kMipsel64,
  kMipsel64n32,
  kParisc,
  kParisc64,
  kPpc,
  kPpc64,
  kPpc64le,
  kRiscv64,
  kS390,
  kS390x,
  kSh,
  kSheb,
};

struct ArchitectureFacts {
  Architecture architecture;
  std::string_view scmp_name;  // in `architectures` and `archMap`: SCMP_ARCH_X86_64
  std::string_view name;       // libseccomp's and the kernel's short name: x86_64
  // In includes.arches and excludes.arches: Go's GOARCH, as moby compares them; for what Go has no
  // port for, libseccomp's name.
  std::string_view docker_name;
  std::uint32_t audit_token;  // AUDIT_ARCH_* of linux/audit.h: seccomp_data.arch
  bool long_is_32_bits;       // an argument is its low 32 bits
  bool big_endian;
  KernelVersion filters_since;  // the first release that takes a seccomp filter there
};

// All of them, in the order of the enumeration.
std::span<const ArchitectureFacts> Architectures();
const ArchitectureFacts& Facts(Architecture architecture);

// By scmp_name alone, as in a profile.
std::optional<Architecture> FromScmpName(std::string_view name);

// By any of its names, as on a command line: amd64, x86_64, SCMP_ARCH_X86_64, uname(2)'s machine.
std::optional<Architecture> FromAnyName(std::string_view name);

// Whether some engine compares this name in includes.arches and excludes.arches.
bool IsDockerArchName(std::string_view name);

// x32 calls carry x86_64's audit token and this bit in the number (__X32_SYSCALL_BIT of
// asm/unistd.h).
inline constexpr std::uint32_t kX32Bit = 0x40000000;

// The number of syscall(2) of -1, and what a tracer leaves of a call that it cancels.
inline constexpr std::uint32_t kCancelledCall = 0xFFFFFFFF;

// The architecture of a call with this token and number; std::nullopt: of none.
std::optional<Architecture> ArchitectureOf(std::uint32_t audit_token, std::uint32_t number);

}  // namespace schema::kernel
