#include "schema/policy/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace schema::policy {
namespace {

using kernel::Operator;

std::uint64_t Ones(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

// What the conditions on one argument come to: a range, bits that are fixed, and excluded values.
struct Constraint {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::uint64_t mask = 0;  // (argument & mask) == bits
  std::uint64_t bits = 0;
  std::vector<std::uint64_t> excluded;
  bool contradictory = false;

  void AtLeast(std::uint64_t value) { least = std::max(least, value); }
  void AtMost(std::uint64_t value) { most = std::min(most, value); }

  void Add(const Condition& condition) {
    const std::uint64_t value = condition.value;
    switch (condition.op) {
      case Operator::kNotEqual:
        excluded.push_back(value);
        break;
      case Operator::kLess:
        if (value == 0) {
          contradictory = true;
        } else {
          AtMost(value - 1);
        }
        break;
      case Operator::kLessOrEqual:
        AtMost(value);
        break;
      case Operator::kEqual:
        AtLeast(value);
        AtMost(value);
        break;
      case Operator::kGreaterOrEqual:
        AtLeast(value);
        break;
      case Operator::kGreater:
        if (value == ~std::uint64_t{0}) {
          contradictory = true;
        } else {
          AtLeast(value + 1);
        }
        break;
      case Operator::kMaskedEqual:
        contradictory = contradictory || (value & ~condition.mask) != 0 ||
                        ((bits ^ value) & mask & condition.mask) != 0;
        mask |= condition.mask;
        bits |= value;
        break;
    }
  }

  // The least value >= `from` with the fixed bits: `from` itself, or one that agrees with it above
  // some bit p, has 1 at p where `from` has 0, and below p only the fixed ones. The lowest such p
  // gives the least value.
  std::optional<std::uint64_t> NextWithBits(std::uint64_t from) const {
    if ((from & mask) == bits) return from;
    for (unsigned p = 0; p < 64; ++p) {
      const std::uint64_t bit = std::uint64_t{1} << p;
      const std::uint64_t above = ~Ones(p + 1);
      const bool can_be_one = (mask & bit) == 0 || (bits & bit) != 0;
      if ((from & bit) == 0 && can_be_one && ((from ^ bits) & mask & above) == 0) {
        return (from & above) | bit | (bits & Ones(p));
      }
    }
    return std::nullopt;
  }

  std::optional<std::uint64_t> Least() const {
    if (contradictory) return std::nullopt;
    std::uint64_t from = least;
    while (true) {
      const auto value = NextWithBits(from);
      if (!value || *value > most) return std::nullopt;
      if (std::ranges::find(excluded, *value) == excluded.end()) return value;
      if (*value == most) return std::nullopt;
      from = *value + 1;
    }
  }
};

std::string Hex(std::uint64_t value) {
  constexpr std::uint64_t kShortDecimal = 4096;  // errnos, families, small sizes
  std::array<char, 20> digits{};
  const int base = value < kShortDecimal ? 10 : 16;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  return (base == 16 ? "0x" : "") + std::string(digits.data(), end);
}

}  // namespace

bool Matches(const Condition& condition, const Arguments& arguments) {
  const std::uint64_t argument = arguments[condition.arg_index];
  switch (condition.op) {
    case Operator::kNotEqual:
      return argument != condition.value;
    case Operator::kLess:
      return argument < condition.value;
    case Operator::kLessOrEqual:
      return argument <= condition.value;
    case Operator::kEqual:
      return argument == condition.value;
    case Operator::kGreaterOrEqual:
      return argument >= condition.value;
    case Operator::kGreater:
      return argument > condition.value;
    case Operator::kMaskedEqual:
      return (argument & condition.mask) == condition.value;
  }
  return false;
}

Constancy ConstancyOf(const Condition& condition, unsigned argument_bits) {
  const std::uint64_t most = Ones(argument_bits);
  const std::uint64_t value = condition.value;
  bool never = false;
  bool always = false;
  switch (condition.op) {
    case Operator::kNotEqual:
      always = value > most;
      break;
    case Operator::kEqual:
      never = value > most;
      break;
    case Operator::kLess:
      never = value == 0;
      always = value > most;
      break;
    case Operator::kLessOrEqual:
      always = value >= most;
      break;
    case Operator::kGreaterOrEqual:
      never = value > most;
      always = value == 0;
      break;
    case Operator::kGreater:
      never = value >= most;
      break;
    case Operator::kMaskedEqual:
      never = (value & ~(condition.mask & most)) != 0;
      always = !never && (condition.mask & most) == 0;
      break;
  }
  return never ? Constancy::kNever : always ? Constancy::kAlways : Constancy::kVaries;
}

std::optional<Arguments> FindArguments(std::span<const Condition> conditions,
                                       unsigned argument_bits) {
  std::array<Constraint, kArguments> constraints;
  for (Constraint& constraint : constraints) constraint.most = Ones(argument_bits);
  for (const Condition& condition : conditions) constraints[condition.arg_index].Add(condition);
  Arguments arguments{};
  for (std::size_t i = 0; i < kArguments; ++i) {
    const auto value = constraints[i].Least();
    if (!value) return std::nullopt;
    arguments[i] = *value;
  }
  return arguments;
}

std::string ToString(const Condition& condition) {
  std::string text = "arg" + std::to_string(condition.arg_index);
  if (condition.op == Operator::kMaskedEqual) {
    return text + " & " + Hex(condition.mask) + " == " + Hex(condition.value);
  }
  return text + " " + std::string(kernel::Symbol(condition.op)) + " " + Hex(condition.value);
}

}  // namespace schema::policy
