#include "lint/rules/rule.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::Condition;
using schema::policy::Constancy;

std::string Reason(const Condition& condition) {
  if (condition.op != Operator::kMaskedEqual) return "arguments are unsigned 64-bit numbers";
  if (condition.mask == 0) return "the mask is 0";
  return "valueTwo has bits outside the mask, which is value";
}

std::string Help(const Condition& condition, Constancy constancy) {
  if (constancy == Constancy::kAlways)
    return "remove the condition, or write the one that was meant";
  if (condition.op == Operator::kMaskedEqual) {
    return "SCMP_CMP_MASKED_EQ compares (argument & value) with valueTwo";
  }
  return "write the condition that was meant, or remove the rule";
}

std::vector<Finding> CheckConstantCondition(const Context& context) {
  if (context.profile == nullptr) return {};
  constexpr unsigned kBits = 64;  // what is constant on 32-bit ABIs alone is SL609
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const schema::profile::Argument& argument : rule.args) {
      const auto condition = schema::policy::ConditionOf(argument);
      if (!condition) continue;
      const Constancy constancy = schema::policy::ConstancyOf(*condition, kBits);
      if (constancy == Constancy::kVaries) continue;
      const bool mask = condition->op == Operator::kMaskedEqual && argument.value_two;
      findings.push_back(
          {mask ? argument.value_two->span : argument.value->span,
           ToString(*condition) +
               (constancy == Constancy::kAlways ? " always holds: it does not restrict the rule"
                                                : " never holds: the rule has no effect") +
               ", since " + Reason(*condition),
           Help(*condition, constancy),
           {},
           {}});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL506{
    .id = "SL506",
    .name = "constant-condition",
    .severity = Severity::kError,
    .summary = "An argument condition that always holds, or never.",
    .why =
        "No engine complains. A rule whose condition never holds has no effect; a condition that "
        "always holds does not restrict its rule. With SCMP_CMP_MASKED_EQ `value` is the mask and "
        "`valueTwo` the number to compare with, which must not have other bits than the mask.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 0, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["clone"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ" }]
  } ] })",
    .source = "seccomp_rule_add(3), SCMP_CMP_MASKED_EQ; scmp_datum_t is unsigned",
    .check = &CheckConstantCondition,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
