#include <array>
#include <set>
#include <utility>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::Clause;
using schema::policy::Condition;

// Arguments of which a negative value means more than a positive one.
struct Signed {
  std::string_view call;
  std::uint8_t arg_index;
  std::string_view negative;  // what such a value does
};

constexpr auto kSigned = std::to_array<Signed>({
    {"kill", 0, "-1 is every process that may be signalled, and -5 the process group 5"},
    {"nice", 0, "a negative increment raises the priority"},
    {"setpriority", 2, "a negative value is a high priority"},
});

bool IsOrdered(Operator op) {
  switch (op) {
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreaterOrEqual:
    case Operator::kGreater:
      return true;
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kMaskedEqual:
      return false;
  }
  return false;
}

// A number from here on is what somebody writes for a negative long, or int where the argument is
// one: -4096 and above, as in linux/err.h.
bool LooksNegative(std::string_view call, const Condition& condition) {
  constexpr std::uint64_t kSmallest = 4096;
  if (condition.value >= -kSmallest) return true;
  const auto* syscall = schema::kernel::FindSyscall(call);
  const bool is_int = syscall != nullptr &&
                      syscall->TypeOf(condition.arg_index) == schema::kernel::ArgumentType::kInt;
  return is_int && condition.value >= 0x100000000 - kSmallest && condition.value <= 0xFFFFFFFF;
}

std::string Written(std::uint64_t value) {
  return "-" + std::to_string(value > 0xFFFFFFFF ? -value : 0x100000000 - value);
}

const Signed* FindSigned(std::string_view call, std::uint8_t arg_index) {
  for (const Signed& known : kSigned) {
    if (known.call == call && known.arg_index == arg_index) return &known;
  }
  return nullptr;
}

// What is wrong with the condition; empty: nothing.
std::string Wrong(std::string_view call, const Clause& clause, const Condition& condition) {
  if (!IsOrdered(condition.op)) return "";
  const std::string said = std::string(call) + ": " + ToString(condition);
  if (LooksNegative(call, condition)) {
    return said + " compares without a sign: " + std::to_string(condition.value) + " is no " +
           Written(condition.value) + " here but larger than nearly every number";
  }
  const Signed* known = FindSigned(call, condition.arg_index);
  const bool upwards =
      condition.op == Operator::kGreater || condition.op == Operator::kGreaterOrEqual;
  if (known == nullptr || !upwards || !MayPass(clause.verdict.action)) return "";
  return said + " compares without a sign and lets every negative value through: " +
         std::string(known->negative);
}

std::vector<Finding> CheckSignedCompare(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  std::set<std::pair<std::size_t, std::size_t>> told;
  for (const auto& part : context.policy->architectures) {
    for (const auto& call : part.calls) {
      for (const Clause& clause : call.clauses) {
        if (clause.through_multiplexer) continue;
        for (const Condition& condition : clause.conditions) {
          const std::string wrong = Wrong(call.name, clause, condition);
          if (wrong.empty() || !told.insert({clause.rule, clause.name}).second) continue;
          findings.push_back({NameSpan(context, clause),
                              wrong,
                              "name the values themselves with SCMP_CMP_EQ, or test the upper bit "
                              "of the int, 0x80000000, with SCMP_CMP_MASKED_EQ",
                              {},
                              {}});
        }
      }
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL608{
    .id = "SL608",
    .name = "signed-compare",
    .severity = Severity::kWarning,
    .summary = "An order is asked of an argument that can be negative: filters have no sign.",
    .why =
        "A filter compares unsigned numbers. -1 is the largest of them: \"greater than 1\" on the "
        "process of kill lets -1 through, which is every process, and \"less than\" a negative "
        "number, written as 18446744073709551615, is true of all the others. The C library passes "
        "a negative int with its upper word zero or all ones, so that both have to be named.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["kill"], "action": "SCMP_ACT_ALLOW",
    "args": [ { "index": 0, "value": 1, "op": "SCMP_CMP_GT" } ] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["kill"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 0, "value": 2147483648, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] } ] })",
    .source = "seccomp_rule_add(3); linux/filter.h, BPF_JGT; kill(2); setpriority(2)",
    .check = &CheckSignedCompare,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
