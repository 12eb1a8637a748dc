#include "schema/filter/oci_rules.h"

#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "schema/filter/bounded_compile.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"
#include "schema/filter/scmp_architecture.h"
#include "schema/filter/scmp_context.h"

namespace schema::filter {
namespace {

using kernel::Operator;
using policy::Condition;

// Some more than any policy can have of one call.
constexpr std::size_t kMostAlternatives = 512;

Status AddRules(const OciRules& rules, void* context) {
  for (const OciRule& rule : rules.rules) {
    if (rule.verdict == rules.default_verdict) continue;
    for (const std::string& name : rule.names) {
      if (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR) continue;
      const int result = AddScmpRule(context, rule.verdict, name, rule.conditions);
      if (result == 0) continue;
      return LibraryError("adding the rule " + kernel::ToString(rule.verdict) + " for " + name,
                          result);
    }
  }
  return {};
}

Result<Filter> CompileHere(const OciRules& rules, Layout layout) {
  auto context = NewContext(rules.default_verdict);
  if (!context) return std::move(context).error();
  for (const kernel::Architecture architecture : rules.architectures) {
    const int result = seccomp_arch_add(context->get(), ScmpArchitecture(architecture));
    if (result == 0 || result == -EEXIST) continue;
    return LibraryError("adding " + std::string(kernel::Facts(architecture).scmp_name), result);
  }
  if (layout == Layout::kTree) {
    constexpr std::uint32_t kByTree = 2;
    const int result = seccomp_attr_set(context->get(), SCMP_FLTATR_CTL_OPTIMIZE, kByTree);
    if (result != 0) return LibraryError("asking for a tree", result);
  }
  if (Status status = AddRules(rules, context->get()); !status) return std::move(status).error();
  auto program = Export(context->get());
  if (!program) return std::move(program).error();
  if (program->size() > kMaxInstructions) {
    return Error{ErrorCode::kLimit,
                 "the filter has " + std::to_string(program->size()) +
                     " instructions; the kernel takes at most " + std::to_string(kMaxInstructions),
                 0};
  }
  return Filter{std::move(*program), 0};
}

bool IsEquality(const Condition& condition) {
  return condition.op == Operator::kEqual || condition.op == Operator::kMaskedEqual;
}

// Whether libseccomp has never been seen to go wrong on the rules of one call: equalities and
// masks, and comparisons of one argument with numbers within 32 bits.
bool IsSimple(const std::vector<const OciRule*>& rules) {
  const auto all = [&](const auto& holds) {
    return std::ranges::all_of(
        rules, [&](const OciRule* rule) { return std::ranges::all_of(rule->conditions, holds); });
  };
  if (all(IsEquality)) return true;
  const std::size_t index =
      rules.front()->conditions.empty() ? 0 : rules.front()->conditions.front().arg_index;
  return all([&](const Condition& condition) {
           return condition.arg_index == index && condition.value <= UINT32_MAX;
         }) &&
         std::ranges::all_of(rules,
                             [](const OciRule* rule) { return rule->conditions.size() <= 1; });
}

// The numbers below `bound` (`below`) or above it, by the highest bit in which they differ from it.
void AddSide(std::uint8_t argument, std::uint64_t bound, bool below, std::vector<Condition>& to) {
  for (unsigned i = 0; i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (((bound & bit) != 0) != below) continue;
    const std::uint64_t mask = ~(bit - 1);
    to.push_back({argument, Operator::kMaskedEqual, (bound ^ bit) & mask, mask});
  }
}

// Conditions of which one holds exactly where `condition` does.
std::vector<Condition> MasksOf(const Condition& condition) {
  const std::uint8_t argument = condition.arg_index;
  std::vector<Condition> masks;
  switch (condition.op) {
    case Operator::kEqual:
    case Operator::kMaskedEqual:
      return {condition};
    case Operator::kNotEqual:
      AddSide(argument, condition.value, true, masks);
      AddSide(argument, condition.value, false, masks);
      break;
    case Operator::kLess:
    case Operator::kLessOrEqual:
      AddSide(argument, condition.value, true, masks);
      break;
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
      AddSide(argument, condition.value, false, masks);
      break;
  }
  if (condition.op == Operator::kLessOrEqual || condition.op == Operator::kGreaterOrEqual) {
    masks.push_back({argument, Operator::kEqual, condition.value, ~std::uint64_t{0}});
  }
  return masks;
}

// One rule for each choice of a mask for each condition.
Status AddMasked(const std::string& name, const OciRule& rule, std::vector<OciRule>& to) {
  std::vector<std::vector<Condition>> alternatives = {{}};
  for (const Condition& condition : rule.conditions) {
    std::vector<std::vector<Condition>> longer;
    for (const auto& some : alternatives) {
      for (const Condition& mask : MasksOf(condition)) {
        longer.push_back(some);
        longer.back().push_back(mask);
      }
    }
    alternatives = std::move(longer);
    if (alternatives.size() <= kMostAlternatives) continue;
    return Error{ErrorCode::kLimit,
                 "a rule on " + name + " takes more than " + std::to_string(kMostAlternatives) +
                     " rules when its comparisons are written as masks",
                 0};
  }
  for (auto& conditions : alternatives) {
    OciRule masked{{name}, rule.verdict, std::move(conditions)};
    if (std::ranges::find(to, masked) == to.end()) to.push_back(std::move(masked));
  }
  return {};
}

}  // namespace

Result<Filter> CompileAsRuntime(const OciRules& rules, Layout layout) {
  UseWholeLibrary();
  return WithinBounds([&] { return CompileHere(rules, layout); });
}

std::vector<LeftOut> LeaveOutUnknown(policy::Policy& policy) {
  std::vector<LeftOut> left_out;
  for (policy::ArchitecturePolicy& part : policy.architectures) {
    std::erase_if(part.calls, [&](policy::CallPolicy& call) {
      if (LibraryHas(part.architecture, call)) return false;
      left_out.push_back({part.architecture, call});
      return true;
    });
  }
  return left_out;
}

Status ProveAsRuntime(const OciRules& rules, const policy::Policy& policy) {
  for (const Layout layout : {Layout::kLinear, Layout::kTree}) {
    const auto filter = CompileAsRuntime(rules, layout);
    if (!filter) return filter.error();
    auto found = FindCounterexample(filter->program, policy);
    if (!found) return std::move(found).error().While("the runtime's filter cannot be proved");
    if (!*found) continue;
    const Counterexample& example = **found;
    return Error{ErrorCode::kUnsupported,
                 "libseccomp " + kernel::ToString(Library().version) +
                     " compiles the rules wrongly: " + ToString(example.call) + " would get " +
                     kernel::ToString(example.got) + " instead of " +
                     kernel::ToString(example.expected),
                 0};
  }
  return {};
}

Result<OciRules> AsMasks(const OciRules& rules) {
  std::map<std::string, std::vector<const OciRule*>> by_name;
  std::vector<std::string> order;
  for (const OciRule& rule : rules.rules) {
    for (const std::string& name : rule.names) {
      if (rule.verdict == rules.default_verdict) continue;
      auto& of_name = by_name[name];
      if (of_name.empty()) order.push_back(name);
      of_name.push_back(&rule);
    }
  }
  OciRules masked{rules.default_verdict, rules.architectures, {}};
  // What is equal to the default has no effect, but counts for runc's horizon.
  for (const OciRule& rule : rules.rules) {
    if (rule.verdict == rules.default_verdict) masked.rules.push_back(rule);
  }
  for (const std::string& name : order) {
    const auto& of_name = by_name[name];
    const auto unconditional =
        std::ranges::find_if(of_name, [](const OciRule* rule) { return rule->conditions.empty(); });
    std::vector<OciRule> made;
    if (unconditional != of_name.end()) {
      made.push_back({{name}, (*unconditional)->verdict, {}});
    } else if (IsSimple(of_name)) {
      for (const OciRule* rule : of_name) {
        OciRule alone{{name}, rule->verdict, rule->conditions};
        if (std::ranges::find(made, alone) == made.end()) made.push_back(std::move(alone));
      }
    } else {
      for (const OciRule* rule : of_name) {
        if (Status status = AddMasked(name, *rule, made); !status) return std::move(status).error();
      }
    }
    std::ranges::move(made, std::back_inserter(masked.rules));
  }
  return masked;
}

}  // namespace schema::filter
