// struct seccomp_data of linux/seccomp.h as 16 words: what a filter reads.

#pragma once

#include <cstddef>
#include <cstdint>

namespace schema::filter {

inline constexpr std::uint32_t kDataBytes = 64;  // sizeof(struct seccomp_data)
inline constexpr std::size_t kDataWords = kDataBytes / 4;

inline constexpr std::uint32_t kNumberWord = 0;
inline constexpr std::uint32_t kArchitectureWord = 1;
inline constexpr std::uint32_t kPointerWord = 2;   // the instruction pointer: two words
inline constexpr std::uint32_t kArgumentWord = 4;  // the first of the arguments: two words each

// The order of the words of an argument: __AUDIT_ARCH_LE of linux/audit.h.
constexpr bool IsLittleEndian(std::uint32_t audit_token) {
  return (audit_token & 0x40000000U) != 0;
}

}  // namespace schema::filter
