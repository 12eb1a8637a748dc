#include <map>
#include <tuple>

#include "lint/rules/edit.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/hex.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::ArchitecturePolicy;
using schema::policy::Arguments;
using schema::policy::Condition;

// The bits of an argument that the kernel reads: all of them, where that is not less than the
// filter sees.
std::uint64_t ReadBits(const schema::kernel::Syscall& syscall, std::size_t argument) {
  using schema::kernel::ArgumentType;
  const auto type = syscall.TypeOf(static_cast<unsigned>(argument));
  if (type == ArgumentType::kShort) return 0xFFFF;
  return type == ArgumentType::kInt ? 0xFFFFFFFF : ~std::uint64_t{0};
}

// C libraries pass a negative int zero- or sign-extended: a profile may name either.
bool IsNegativeInt(std::uint64_t value) { return value >= 0xFFFFFFFF80000000; }

// Values with upper bits that may meet the condition where their low words do not, or the other way
// round.
std::vector<std::uint64_t> Candidates(const Condition& condition, std::uint64_t low) {
  if (IsNegativeInt(condition.value)) return {};
  if (condition.op == Operator::kMaskedEqual) {
    const std::uint64_t reach = condition.mask & ~low;
    if (reach == 0) return {};
    return {condition.value, condition.value | (reach & -reach)};
  }
  const std::uint64_t upper_bit = low + 1;
  std::vector<std::uint64_t> values = {condition.value | upper_bit};
  if (condition.value != 0) values.push_back((condition.value - 1) | upper_bit);
  return values;
}

struct Hole {
  Arguments wide{};  // passes
  schema::kernel::Verdict passes;
  Arguments narrow{};  // the same call to the kernel, without the upper bits
  schema::kernel::Verdict stopped;
};

std::optional<Hole> FindHole(const Context& context, const ArchitecturePolicy& part,
                             std::uint32_t number, const std::vector<Condition>& all,
                             const Condition& condition, std::uint64_t low) {
  const unsigned bits = schema::policy::ArgumentBits(part.architecture);
  const auto audit_token = schema::kernel::Facts(part.architecture).audit_token;
  for (const std::uint64_t value : Candidates(condition, low)) {
    if (value <= low) continue;
    std::vector<Condition> wanted = {{condition.arg_index, Operator::kEqual, value}};
    for (const Condition& other : all) {
      if (other.arg_index != condition.arg_index) wanted.push_back(other);
    }
    const auto wide = schema::policy::FindArguments(wanted, bits);
    if (!wide) continue;
    Arguments narrow = *wide;
    narrow[condition.arg_index] &= low;
    if (Matches(condition, *wide) == Matches(condition, narrow)) continue;
    const auto passes = Decide(*context.policy, {audit_token, number, *wide});
    const auto stopped = Decide(*context.policy, {audit_token, number, narrow});
    if (passes.ambiguous || stopped.ambiguous) continue;
    if (!MayPass(passes.verdict.action)) continue;  // denied either way
    if (!Restricts(stopped.verdict, passes.verdict)) continue;
    return Hole{*wide, passes.verdict, narrow, stopped.verdict};
  }
  return std::nullopt;
}

std::string WitnessCall(const std::string& name, const std::vector<Condition>& conditions,
                        const Arguments& arguments) {
  std::string list;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const Condition& condition : conditions) {
      if (condition.arg_index != i) continue;
      list +=
          (list.empty() ? "arg" : ", arg") + std::to_string(i) + "=" + schema::Hex(arguments[i]);
      break;
    }
  }
  return name + "(" + list + ")";
}

std::string Help(const Condition& condition, const Hole& hole, std::uint64_t low) {
  const std::string masked =
      "SCMP_CMP_MASKED_EQ with value " + std::to_string(low) + " (the mask) and valueTwo ";
  if (condition.op == Operator::kEqual) return "write " + masked + std::to_string(condition.value);
  if (condition.op == Operator::kMaskedEqual)
    return "keep the mask within what the kernel reads, " + schema::Hex(low);
  if (Matches(condition, hole.wide)) {
    return "allow what is below with SCMP_CMP_LT, and each number above with SCMP_CMP_EQ";
  }
  return "deny each number with " + masked + "the number";
}

// Compares what the kernel reads alone; std::nullopt where another call of the rule reads more, or
// one comparison cannot say it.
std::optional<Fix> Masked(const Context& context, const schema::profile::Rule& rule,
                          const schema::profile::Argument& argument, const Condition& condition,
                          std::uint64_t low) {
  for (const auto& name : rule.AllNames()) {
    const auto* syscall = schema::kernel::FindSyscall(name.value);
    if (syscall != nullptr && ReadBits(*syscall, condition.arg_index) != low) return std::nullopt;
  }
  const auto& document = context.json.document;
  if (!argument.value || !argument.op || (condition.value & ~low) != 0) return std::nullopt;
  const std::string summary = "compare the bits that the kernel reads";
  if (condition.op == Operator::kMaskedEqual) {
    return FixBy(false, summary,
                 {Edit{argument.value->span, std::to_string(condition.mask & low)}});
  }
  if (condition.op != Operator::kEqual) return std::nullopt;
  const std::string value = SourceOf(document, argument.value->span);
  const auto masked = InsertMemberAfter(document, argument.value->span, "valueTwo", value);
  if (!masked) return std::nullopt;
  std::vector<std::optional<Edit>> edits = {Edit{argument.op->span, Quoted("SCMP_CMP_MASKED_EQ")},
                                            Edit{argument.value->span, std::to_string(low)}};
  if (argument.value_two) {
    edits.emplace_back(Edit{argument.value_two->span, value});
  } else {
    // At the end of what is replaced: one edit.
    edits.back()->text += masked->text;
  }
  return FixBy(false, summary, std::move(edits));
}

// The first call and architecture on which upper bits undo the condition.
std::optional<Finding> Undone(const Context& context, const schema::profile::Rule& rule,
                              const schema::profile::Argument& argument,
                              const Condition& condition) {
  const std::vector<Condition> all = ConditionsOf(rule);
  for (const auto& name : rule.AllNames()) {
    const auto* syscall = schema::kernel::FindSyscall(name.value);
    if (syscall == nullptr) continue;
    const std::uint64_t low = ReadBits(*syscall, condition.arg_index);
    for (const ArchitecturePolicy& part : context.policy->architectures) {
      const auto number = schema::kernel::NumberOf(part.architecture, name.value);
      const unsigned seen = schema::policy::ArgumentBits(part.architecture);
      if (!number || (low >> (seen - 1)) != 0) continue;
      const auto hole = FindHole(context, part, *number, all, condition, low);
      if (!hole) continue;
      return Finding{argument.op->span,
                     "argument " + std::to_string(condition.arg_index) + " of " + name.value +
                         (low == 0xFFFF ? " is a mode, of which the kernel reads 16 bits"
                                        : " is an int, of which the kernel reads 32 bits") +
                         " and the filter " + std::to_string(seen) + ": " +
                         WitnessCall(name.value, all, hole->wide) + " gets " +
                         ToString(hole->passes) + ", and " +
                         WitnessCall(name.value, all, hole->narrow) + ", the same to the kernel, " +
                         ToString(hole->stopped),
                     Help(condition, *hole, low),
                     {},
                     {},
                     Masked(context, rule, argument, condition, low)};
    }
  }
  return std::nullopt;
}

// Once for each call and argument: a list of numbers that are denied has a rule for each.
std::vector<Finding> CheckArgumentWidth(const Context& context) {
  if (context.policy == nullptr) return {};
  std::map<std::tuple<std::string, std::size_t, Operator>, std::vector<Finding>> found;
  for (const auto& [rule, index] : AppliedRules(context)) {
    for (const schema::profile::Argument& argument : rule->args) {
      const auto condition = schema::policy::ConditionOf(argument);
      if (!condition) continue;
      auto finding = Undone(context, *rule, argument, *condition);
      if (!finding) continue;
      found[{rule->AllNames().front().value, condition->arg_index, condition->op}].push_back(
          std::move(*finding));
    }
  }
  std::vector<Finding> findings;
  for (auto& [key, same] : found) {
    Finding& first = same.front();
    if (same.size() > 1) {
      first.message += ", and " + Counted(same.size() - 1, "more condition") + " like this";
      for (std::size_t i = 1; i < same.size() && first.fix; ++i) {
        if (!same[i].fix) continue;
        first.fix->edits.insert(first.fix->edits.end(), same[i].fix->edits.begin(),
                                same[i].fix->edits.end());
      }
    }
    findings.push_back(std::move(first));
  }
  return findings;
}

}  // namespace

extern const Rule kSL604{
    .id = "SL604",
    .name = "argument-width",
    .severity = Severity::kWarning,
    .summary = "A comparison that a caller undoes with upper bits which the kernel does not read.",
    .why =
        "Of an argument that it declares as int the kernel reads the low 32 bits; the filter sees "
        "all 64, as the caller left them in the register. A rule that denies personality(8) lets "
        "personality(0x100000008) through, which is the same. Only SCMP_CMP_MASKED_EQ with a mask "
        "of 0xffffffff looks at what the kernel will read. A rule that allows single numbers with "
        "SCMP_CMP_EQ, or what lies below one, is safe.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 4294967295, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ" }] } ] })",
    .source =
        "linux/syscalls.h, SYSCALL_DEFINEx() and __SC_CAST(); struct seccomp_data of seccomp(2)",
    .check = &CheckArgumentWidth,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
