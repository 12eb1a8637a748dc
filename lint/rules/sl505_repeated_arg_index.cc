#include <algorithm>
#include <array>

#include "lint/rules/edit.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/operator.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::Condition;

// The comparison that holds exactly where `op` does not; std::nullopt: there is none.
std::optional<Operator> Opposite(Operator op) {
  switch (op) {
    case Operator::kNotEqual:
      return Operator::kEqual;
    case Operator::kLess:
      return Operator::kGreaterOrEqual;
    case Operator::kLessOrEqual:
      return Operator::kGreater;
    case Operator::kEqual:
      return Operator::kNotEqual;
    case Operator::kGreaterOrEqual:
      return Operator::kLess;
    case Operator::kGreater:
      return Operator::kLessOrEqual;
    case Operator::kMaskedEqual:
      return std::nullopt;
  }
  return std::nullopt;
}

// Whether one of the conditions holds whatever the arguments are.
bool AlwaysOne(const std::vector<Condition>& conditions) {
  std::vector<Condition> opposites;
  for (Condition condition : conditions) {
    const auto opposite = Opposite(condition.op);
    if (!opposite) continue;
    condition.op = *opposite;
    opposites.push_back(condition);
  }
  return !schema::policy::FindArguments(opposites, 64);
}

// The rule once for each condition: what engines make of it.
std::optional<Fix> Split(const Context& context, const schema::profile::Rule& rule) {
  const auto& document = context.json.document;
  const auto* args = rule.args_span ? ValueAt(document, *rule.args_span) : nullptr;
  if (args == nullptr || args->items.size() != ConditionsOf(rule).size()) return std::nullopt;
  std::optional<Edit> all;
  for (std::size_t i = 0; i < args->items.size(); ++i) {
    const std::string text = SourceOf(document, {rule.span.begin, args->span.begin}) +
                             WithOnly(document, *args, i) +
                             SourceOf(document, {args->span.end, rule.span.end});
    if (!all) {
      all = Edit{rule.span, text};
    } else if (const auto next = InsertElementAfter(document, rule.span, text)) {
      all->text += next->text;
    }
  }
  return FixBy(true, "write a rule for each condition", {all});
}

Finding Repeats(const Context& context, const schema::profile::Rule& rule, schema::Span first,
                schema::Span again, std::uint64_t index) {
  const std::vector<Condition> conditions = ConditionsOf(rule);
  // Conditions that cannot hold together can only have been meant as alternatives.
  const bool meant = !schema::policy::FindArguments(conditions, 64) && !AlwaysOne(conditions);
  return {again,
          "argument " + std::to_string(index) +
              " has two conditions in this rule: engines make a rule of each condition, so that "
              "any one of them suffices" +
              (AlwaysOne(conditions) ? ", and here one of them always holds" : ""),
          meant ? "write a rule for each alternative, so that it can be read"
                : "one rule cannot say a range: use SCMP_CMP_MASKED_EQ, or write a rule for each "
                  "value",
          {{first, "the first condition on it"}},
          meant ? std::optional(Severity::kWarning) : std::nullopt,
          // Else it would hide that the rule does not say what was meant.
          meant ? Split(context, rule) : std::nullopt};
}

std::vector<Finding> CheckRepeatedArgIndex(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (rule.args.size() > schema::policy::kArguments) continue;  // SL112
    std::array<std::optional<schema::Span>, schema::policy::kArguments> first;
    for (const auto& argument : rule.args) {
      if (!argument.index || argument.index->value >= first.size()) continue;  // SL110, SL111
      auto& span = first[argument.index->value];
      if (span) {
        findings.push_back(
            Repeats(context, rule, *span, argument.index->span, argument.index->value));
      } else {
        span = argument.index->span;
      }
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL505{
    .id = "SL505",
    .name = "repeated-arg-index",
    .severity = Severity::kError,
    .summary = "A rule has two conditions on the same argument.",
    .why =
        "Conditions of a rule are joined by \"and\", but as soon as an argument occurs twice "
        "engines make a rule of every single condition, which joins them all by \"or\": a range "
        "of allowed values becomes every value. Where the conditions exclude each other, "
        "alternatives must have been meant, and it is a warning.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 1, "value": 21504, "op": "SCMP_CMP_GE" },
    { "index": 1, "value": 21519, "op": "SCMP_CMP_LE" } ] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 1, "value": 18446744073709551600, "valueTwo": 21504, "op": "SCMP_CMP_MASKED_EQ" }
  ] } ] })",
    .source =
        "libcontainer/seccomp/seccomp_linux.go of runc, matchCall(); src/libcrun/seccomp.c of "
        "crun, libcrun_generate_seccomp()",
    .check = &CheckRepeatedArgIndex,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
