#include "schema/policy/condition.h"

#include <algorithm>
#include <vector>

#include "schema/hex.h"

namespace schema::policy {
namespace {

using kernel::Operator;

std::uint64_t Ones(unsigned bits) {
  return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

std::string Text(std::uint64_t value) {
  constexpr std::uint64_t kShortDecimal = 4096;  // errnos, families, small sizes
  return value < kShortDecimal ? std::to_string(value) : Hex(value);
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

Comparison ToComparison(const Condition& condition) {
  const auto relation = [&] {
    switch (condition.op) {
      case Operator::kNotEqual:
        return Relation::kNotEqual;
      case Operator::kLess:
        return Relation::kLess;
      case Operator::kLessOrEqual:
        return Relation::kLessOrEqual;
      case Operator::kEqual:
      case Operator::kMaskedEqual:
        return Relation::kEqual;
      case Operator::kGreaterOrEqual:
        return Relation::kGreaterOrEqual;
      case Operator::kGreater:
        return Relation::kGreater;
    }
    return Relation::kEqual;
  }();
  return {condition.arg_index, relation, condition.mask, condition.value};
}

std::optional<Arguments> FindArguments(std::span<const Condition> conditions,
                                       unsigned argument_bits) {
  std::vector<Comparison> comparisons;
  for (const Condition& condition : conditions) comparisons.push_back(ToComparison(condition));
  const auto values = FindValues(comparisons, kArguments, argument_bits);
  if (!values) return std::nullopt;
  Arguments arguments{};
  std::ranges::copy(*values, arguments.begin());
  return arguments;
}

std::string ToString(const Condition& condition) {
  std::string text = "arg" + std::to_string(condition.arg_index);
  if (condition.op == Operator::kMaskedEqual) {
    return text + " & " + Text(condition.mask) + " == " + Text(condition.value);
  }
  return text + " " + std::string(kernel::Symbol(condition.op)) + " " + Text(condition.value);
}

}  // namespace schema::policy
