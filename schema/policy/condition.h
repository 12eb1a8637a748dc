// Conditions on the arguments of a call, and the exact decision whether some arguments meet them.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "schema/kernel/operator.h"
#include "schema/policy/satisfy.h"

namespace schema::policy {

inline constexpr std::size_t kArguments = 6;  // of a system call

using Arguments = std::array<std::uint64_t, kArguments>;

// `argument & mask` compared with `value`, unsigned. Only kMaskedEqual has another mask than all
// ones.
struct Condition {
  std::uint8_t arg_index = 0;  // 0..5
  kernel::Operator op = kernel::Operator::kEqual;
  std::uint64_t value = 0;
  std::uint64_t mask = ~std::uint64_t{0};

  friend bool operator==(const Condition&, const Condition&) = default;
};

bool Matches(const Condition& condition, const Arguments& arguments);

// What is known of a condition without the argument.
enum class Constancy { kVaries, kAlways, kNever };

// `argument_bits`: 32 or 64, the width of an argument on the architecture; its upper bits are zero.
Constancy ConstancyOf(const Condition& condition, unsigned argument_bits);

Comparison ToComparison(const Condition& condition);

// Arguments that meet every one of `conditions`, the least ones; std::nullopt where none do. Exact.
std::optional<Arguments> FindArguments(std::span<const Condition> conditions,
                                       unsigned argument_bits);

// "arg0 & 0x7e020000 == 0", "arg1 >= 0x1000": for messages.
std::string ToString(const Condition& condition);

}  // namespace schema::policy
