// The instructions of classic BPF that filters are made of (linux/bpf_common.h).

#pragma once

#include <linux/filter.h>

#include <cstdint>

namespace schema::filter {

inline constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
inline constexpr std::uint16_t kJumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
inline constexpr std::uint16_t kJumpIfGreater = BPF_JMP | BPF_JGT | BPF_K;
inline constexpr std::uint16_t kJumpIfNotLess = BPF_JMP | BPF_JGE | BPF_K;
inline constexpr std::uint16_t kJumpIfBits = BPF_JMP | BPF_JSET | BPF_K;
inline constexpr std::uint16_t kJump = BPF_JMP | BPF_JA;
inline constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
inline constexpr std::uint16_t kReturn = BPF_RET | BPF_K;

}  // namespace schema::filter
