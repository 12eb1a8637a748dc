#include "schema/policy/resolve.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "schema/kernel/capability.h"
#include "schema/kernel/errno_name.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/multiplexer.h"
#include "schema/kernel/syscall.h"

namespace schema::policy {
namespace {

using kernel::Architecture;
using kernel::Target;
using profile::Conditions;
using profile::Profile;
using profile::Rule;

constexpr std::uint16_t kEperm = 1;

std::optional<kernel::Verdict> MakeVerdict(const std::optional<Spanned<kernel::Action>>& action,
                                           const std::optional<Spanned<std::uint64_t>>& errno_ret,
                                           const std::optional<Spanned<std::string>>& errno_name) {
  if (!action) return std::nullopt;
  if (!kernel::Facts(action->value).takes_errno) return kernel::Verdict{action->value, 0};
  std::uint64_t number = kEperm;
  if (errno_ret) {
    number = errno_ret->value;
  } else if (errno_name) {
    number = kernel::ParseErrno(errno_name->value).value_or(kEperm);
  }
  return kernel::Verdict{action->value, static_cast<std::uint16_t>(number)};
}

bool ListsArch(const Conditions& conditions, const Target& target) {
  return std::ranges::any_of(conditions.arches, [&](const Spanned<std::string>& arch) {
    return arch.value == kernel::Facts(target.architecture).docker_name;
  });
}

bool HasCap(const Target& target, const Spanned<std::string>& cap) {
  const auto number = kernel::ParseCapability(cap.value);
  return number && target.capabilities.Has(*number) &&
         kernel::CapabilitySince(*number) <= target.kernel;
}

bool Excluded(const Conditions& excludes, const Target& target) {
  return ListsArch(excludes, target) ||
         std::ranges::any_of(excludes.caps, [&](const auto& cap) { return HasCap(target, cap); }) ||
         (excludes.min_kernel && target.kernel >= excludes.min_kernel->value);
}

bool Included(const Conditions& includes, const Target& target) {
  return (includes.arches.empty() || ListsArch(includes, target)) &&
         std::ranges::all_of(includes.caps, [&](const auto& cap) { return HasCap(target, cap); }) &&
         (!includes.min_kernel || target.kernel >= includes.min_kernel->value);
}

void AddOnce(std::vector<Architecture>& architectures, Architecture architecture) {
  if (std::ranges::find(architectures, architecture) == architectures.end()) {
    architectures.push_back(architecture);
  }
}

std::vector<Architecture> ArchitecturesOf(const Profile& profile, const Target& target) {
  std::vector<Architecture> architectures = {target.architecture};
  if (profile.architectures) {
    for (const auto& item : profile.architectures->value) AddOnce(architectures, item.value);
  }
  if (profile.arch_map) {
    for (const profile::ArchMapEntry& entry : profile.arch_map->value) {
      if (!entry.architecture || entry.architecture->value != target.architecture) continue;
      for (const auto& item : entry.subarchitectures) AddOnce(architectures, item.value);
    }
  }
  return architectures;
}

// The rule's conditions as alternatives, each a conjunction: one, or where an index repeats one for
// each condition. std::nullopt: a condition that could not be typed.
std::optional<std::vector<std::vector<Condition>>> AlternativesOf(const Rule& rule) {
  std::vector<Condition> all;
  std::array<bool, kArguments> seen{};
  bool repeats = false;
  for (const profile::Argument& argument : rule.args) {
    const auto condition = ConditionOf(argument);
    if (!condition) return std::nullopt;
    repeats = repeats || std::exchange(seen[condition->arg_index], true);
    all.push_back(*condition);
  }
  std::vector<std::vector<Condition>> alternatives;
  if (!repeats) {
    alternatives.push_back(std::move(all));
    return alternatives;
  }
  for (const Condition& condition : all) alternatives.push_back({condition});
  return alternatives;
}

// The conjunction without what always holds; std::nullopt where it never does.
std::optional<std::vector<Condition>> Fold(const std::vector<Condition>& conditions,
                                           unsigned argument_bits) {
  std::vector<Condition> folded;
  if (conditions.empty()) return folded;
  for (Condition condition : conditions) {
    switch (ConstancyOf(condition, argument_bits)) {
      case Constancy::kNever:
        return std::nullopt;
      case Constancy::kAlways:
        break;
      case Constancy::kVaries:
        if (condition.op == kernel::Operator::kMaskedEqual && argument_bits == 32) {
          condition.mask &= 0xFFFFFFFF;
        }
        folded.push_back(condition);
        break;
    }
  }
  if (!FindArguments(folded, argument_bits)) return std::nullopt;
  return folded;
}

// Collects the clauses of one architecture.
class Builder {
 public:
  // `names`: how many clauses there will be, but for a few.
  Builder(Architecture architecture, std::size_t names) : architecture_(architecture) {
    policy_.architecture = architecture;
    clauses_.reserve(names);
  }

  // `clause`: everything but its conditions.
  void Add(const kernel::Syscall& syscall, const std::vector<std::vector<Condition>>& alternatives,
           const Clause& clause, bool has_effect) {
    if (const auto* entry = kernel::FindEntry(architecture_, syscall)) {
      policy_.highest_named = std::max(policy_.highest_named.value_or(0), entry->number);
      for (const auto& conditions : alternatives) {
        if (!has_effect) continue;
        auto folded = Fold(conditions, ArgumentBits(architecture_));
        if (!folded) continue;
        clauses_.push_back({entry->number, syscall.name, clause});
        clauses_.back().clause.conditions = std::move(*folded);
      }
    }
    const auto multiplexed = kernel::FindMultiplexed(architecture_, syscall.name);
    if (!multiplexed || !has_effect) return;
    if (const auto* entry = kernel::FindEntry(architecture_, multiplexed->multiplexer)) {
      clauses_.push_back({entry->number, multiplexed->multiplexer, clause});
      Clause& added = clauses_.back().clause;
      added.conditions = {{0, kernel::Operator::kEqual, multiplexed->call, ~std::uint64_t{0}}};
      added.through_multiplexer = true;
    }
  }

  ArchitecturePolicy Finish() && {
    // By number, and within it in the order of the profile.
    std::vector<std::pair<std::uint32_t, std::size_t>> order;
    order.reserve(clauses_.size());
    for (const Placed& placed : clauses_) order.emplace_back(placed.number, order.size());
    std::ranges::sort(order);
    std::vector<CallPolicy>& calls = policy_.calls;
    calls.reserve(order.size());
    for (const auto& [number, index] : order) {
      Placed& placed = clauses_[index];
      if (calls.empty() || calls.back().number != placed.number) {
        calls.push_back({placed.number, std::string(placed.name), {}});
      }
      calls.back().clauses.push_back(std::move(placed.clause));
    }
    clauses_ = {};
    return std::move(policy_);
  }

 private:
  struct Placed {
    std::uint32_t number;
    std::string_view name;
    Clause clause;
  };

  Architecture architecture_;
  std::vector<Placed> clauses_;
  ArchitecturePolicy policy_;  // but for its calls
};

// The newest release whose calls the engine knows. Our own engine compiles by number, the others by
// the names of their libseccomp.
std::optional<kernel::KernelVersion> SyscallsUntil(const Target& target) {
  if (target.engine == kernel::Engine::kIsolator) return std::nullopt;
  return target.libseccomp.syscalls_until;
}

void AddRule(const Rule& rule, std::size_t rule_index, Policy& policy,
             std::vector<Builder>& builders, const Target& target) {
  const auto verdict = VerdictOf(rule);
  const auto alternatives = AlternativesOf(rule);
  if (!verdict || !alternatives) return;
  const auto names = rule.AllNames();
  const auto until = SyscallsUntil(target);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const kernel::Syscall* syscall = kernel::FindSyscall(names[i].value);
    if (syscall == nullptr || (until && syscall->since > *until)) {
      policy.dropped.push_back({names[i], rule_index});
      continue;
    }
    Clause clause;
    clause.verdict = *verdict;
    clause.rule = rule_index;
    clause.name = i;
    for (Builder& builder : builders) {
      builder.Add(*syscall, *alternatives, clause, *verdict != policy.default_verdict);
    }
  }
}

}  // namespace

std::optional<kernel::Verdict> VerdictOf(const Rule& rule) {
  return MakeVerdict(rule.action, rule.errno_ret, rule.errno_name);
}

std::optional<kernel::Verdict> DefaultVerdictOf(const Profile& profile) {
  return MakeVerdict(profile.default_action, profile.default_errno_ret, profile.default_errno_name);
}

std::optional<Condition> ConditionOf(const profile::Argument& argument) {
  if (!argument.index || !argument.value || !argument.op) return std::nullopt;
  if (argument.index->value >= kArguments) return std::nullopt;
  Condition condition;
  condition.arg_index = static_cast<std::uint8_t>(argument.index->value);
  condition.op = argument.op->value;
  condition.value = argument.value->value;
  if (condition.op == kernel::Operator::kMaskedEqual) {
    condition.mask = argument.value->value;
    condition.value = argument.value_two ? argument.value_two->value : 0;
  }
  return condition;
}

bool Applies(const Rule& rule, const Target& target) {
  return !(rule.excludes && Excluded(*rule.excludes, target)) &&
         (!rule.includes || Included(*rule.includes, target));
}

ResolutionKey KeyOf(const Profile& profile, const Target& target) {
  ResolutionKey key{target.architecture, SyscallsUntil(target), {}};
  for (const Rule& rule : profile.syscalls) key.applies.push_back(Applies(rule, target));
  return key;
}

Result<Policy> Resolve(const Profile& profile, const Target& target, ResolveOptions options) {
  const auto default_verdict = DefaultVerdictOf(profile);
  if (!default_verdict) return Error{ErrorCode::kInvalid, "the profile has no defaultAction", 0};
  if (profile.architectures && !profile.architectures->value.empty() && profile.arch_map &&
      !profile.arch_map->value.empty()) {
    return Error{ErrorCode::kInvalid, "the profile has both architectures and archMap", 0};
  }
  Policy policy;
  policy.default_verdict = *default_verdict;
  for (const Spanned<std::string>& name : profile.flags) {
    if (const kernel::FilterFlag* flag = kernel::FindFilterFlag(name.value)) {
      policy.flags |= flag->bit;
    }
  }
  std::size_t names = 0;
  for (const Rule& rule : profile.syscalls) names += rule.names.size();
  std::vector<Builder> builders;
  for (const Architecture architecture : ArchitecturesOf(profile, target)) {
    builders.emplace_back(architecture, names);
  }
  for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
    if (Applies(profile.syscalls[i], target)) {
      AddRule(profile.syscalls[i], i, policy, builders, target);
    }
  }
  for (Builder& builder : builders) {
    policy.architectures.push_back(std::move(builder).Finish());
    for (const CallPolicy& call : policy.architectures.back().calls) {
      if (call.clauses.size() <= kMaxClauses) continue;
      return Error{ErrorCode::kLimit,
                   call.name + " has " + std::to_string(call.clauses.size()) +
                       " rules, those of calls made through it included; this program reads at "
                       "most " +
                       std::to_string(kMaxClauses),
                   0};
    }
  }
  if (options.enosys_horizon) AddHorizon(policy);
  return policy;
}

void AddHorizon(Policy& policy) {
  if (policy.default_verdict.action != kernel::Action::kErrno) return;
  for (ArchitecturePolicy& part : policy.architectures) part.horizon = part.highest_named;
}

}  // namespace schema::policy
