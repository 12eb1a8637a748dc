#include "schema/kernel/operator.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

struct OperatorFacts {
  Operator op;
  std::string_view scmp_name;
  std::string_view symbol;
};

// seccomp_rule_add(3); in the order of the enumeration.
constexpr std::array kOperators = {
    OperatorFacts{Operator::kNotEqual, "SCMP_CMP_NE", "!="},
    OperatorFacts{Operator::kLess, "SCMP_CMP_LT", "<"},
    OperatorFacts{Operator::kLessOrEqual, "SCMP_CMP_LE", "<="},
    OperatorFacts{Operator::kEqual, "SCMP_CMP_EQ", "=="},
    OperatorFacts{Operator::kGreaterOrEqual, "SCMP_CMP_GE", ">="},
    OperatorFacts{Operator::kGreater, "SCMP_CMP_GT", ">"},
    OperatorFacts{Operator::kMaskedEqual, "SCMP_CMP_MASKED_EQ", "masked =="},
};

}  // namespace

std::optional<Operator> ParseOperator(std::string_view scmp_name) {
  const auto* found = std::ranges::find(kOperators, scmp_name, &OperatorFacts::scmp_name);
  if (found == kOperators.end()) return std::nullopt;
  return found->op;
}

std::string_view ScmpName(Operator op) {
  return kOperators[static_cast<std::size_t>(op)].scmp_name;
}

std::string_view Symbol(Operator op) { return kOperators[static_cast<std::size_t>(op)].symbol; }

}  // namespace schema::kernel
