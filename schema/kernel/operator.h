// The comparisons of a rule's argument condition. All are unsigned 64-bit.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace schema::kernel {

enum class Operator : std::uint8_t {
  kNotEqual,
  kLess,
  kLessOrEqual,
  kEqual,
  kGreaterOrEqual,
  kGreater,
  kMaskedEqual,  // (argument & value) == valueTwo
};

std::optional<Operator> ParseOperator(std::string_view scmp_name);
std::string_view ScmpName(Operator op);

// "!=", "<", ...: for messages.
std::string_view Symbol(Operator op);

}  // namespace schema::kernel
