#include "schema/policy/difference.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "schema/policy/conflict.h"
#include "schema/policy/predicate.h"
#include "schema/policy/remainder.h"
#include "schema/policy/unnamed.h"

namespace schema::policy {
namespace {

using kernel::Architecture;
using kernel::Verdict;

using Verdicts = std::pair<Verdict, Verdict>;

Error TooHard() {
  return {ErrorCode::kLimit, "the profiles have too many entangled rules to compare them exactly",
          0};
}

// The steps that FindConflicts() takes.
std::size_t StepsToCheck(const Policy& policy) {
  constexpr std::size_t kStepsOfPair = 200;
  std::size_t pairs = 0;
  for (const ArchitecturePolicy& part : policy.architectures) {
    for (const CallPolicy& call : part.calls) {
      std::map<Verdict, std::size_t> by_verdict;
      for (const Clause& clause : call.clauses) ++by_verdict[clause.verdict];
      std::size_t before = 0;
      for (const auto& [verdict, count] : by_verdict) {
        pairs += before * count;
        before += count;
      }
    }
  }
  return pairs * kStepsOfPair;
}

Status CheckUnambiguous(const Policy& policy, std::string_view which, Effort& effort) {
  if (!effort.Spend(StepsToCheck(policy))) return TooHard();
  const auto conflicts = FindConflicts(policy);
  if (conflicts.empty()) return {};
  const Conflict& conflict = conflicts.front();
  return Error{ErrorCode::kInvalid,
               "the " + std::string(which) + " profile is ambiguous: /syscalls/" +
                   std::to_string(conflict.first->rule) + " gives " +
                   ToString(conflict.first->verdict) + ", /syscalls/" +
                   std::to_string(conflict.second->rule) + " " +
                   ToString(conflict.second->verdict) + " to some calls of " + conflict.call->name +
                   " on " + std::string(kernel::Facts(conflict.architecture).name),
               0};
}

std::vector<const Clause*> ClausesOf(const CallPolicy* call) {
  std::vector<const Clause*> clauses;
  if (call == nullptr) return clauses;
  for (const Clause& clause : call->clauses) clauses.push_back(&clause);
  return clauses;
}

// The differences of one architecture that both policies include.
class Comparer {
 public:
  Comparer(const Policy& old_policy, const Policy& new_policy, Architecture architecture,
           Effort& effort)
      : old_policy_(old_policy),
        new_policy_(new_policy),
        old_part_(*old_policy.Find(architecture)),
        new_part_(*new_policy.Find(architecture)),
        architecture_(architecture),
        bits_(ArgumentBits(architecture)),
        effort_(effort) {}

  std::vector<Difference> Compare() && {
    const CallNames names = NamedCalls(&old_part_, &new_part_);
    CompareUnnamed(names);
    for (const auto& [number, name] : names) {
      if (effort_.exhausted()) break;
      CompareCall(number, std::string(name));
    }
    return std::move(found_);
  }

 private:
  Call At(std::uint32_t number, const Arguments& arguments = {}) const {
    return {kernel::Facts(architecture_).audit_token, number, arguments};
  }

  void CompareUnnamed(const CallNames& names) {
    for (const NumberRange& range : NumberRanges(&old_part_, &new_part_)) {
      const auto number = FindUnnamed(architecture_, range, names);
      if (number) CompareUnnamed(range, *number);
    }
    // A horizon may leave no other number to the defaults.
    const Verdict old_verdict = Decide(old_policy_, At(kernel::kCancelledCall)).verdict;
    const Verdict new_verdict = Decide(new_policy_, At(kernel::kCancelledCall)).verdict;
    if (!told_.contains({old_verdict, new_verdict})) {
      CompareUnnamed({kernel::kCancelledCall, kernel::kCancelledCall}, kernel::kCancelledCall);
    }
  }

  void CompareUnnamed(NumberRange range, std::uint32_t number) {
    Difference difference;
    difference.scope = Difference::Scope::kUnnamed;
    difference.first_number = range.first;
    difference.last_number = range.last;
    difference.old_verdict = Decide(old_policy_, At(number)).verdict;
    difference.new_verdict = Decide(new_policy_, At(number)).verdict;
    difference.witness = At(number);
    if (difference.old_verdict == difference.new_verdict) return;
    told_.emplace(difference.old_verdict, difference.new_verdict);
    Add(std::move(difference));
  }

  void Add(Difference difference) {
    difference.architecture = architecture_;
    found_.push_back(std::move(difference));
  }

  // What a call of the number gets that no clause matches.
  Verdict Fallback(const Policy& policy, const CallPolicy* call, std::uint32_t number) const {
    return call == nullptr ? Decide(policy, At(number)).verdict : policy.default_verdict;
  }

  void CompareCall(std::uint32_t number, const std::string& name) {
    const CallPolicy* old_call = old_part_.Find(number);
    const CallPolicy* new_call = new_part_.Find(number);
    const auto old_clauses = ClausesOf(old_call);
    const auto new_clauses = ClausesOf(new_call);
    const Verdict old_fallback = Fallback(old_policy_, old_call, number);
    const Verdict new_fallback = Fallback(new_policy_, new_call, number);
    const auto same = [](const Clause* a, const Clause* b) {
      return a->verdict == b->verdict && a->conditions == b->conditions;
    };
    const bool same_fallback = old_fallback == new_fallback;
    if (same_fallback && std::ranges::equal(old_clauses, new_clauses, same)) return;

    by_verdicts_.clear();
    for (const Clause* from : old_clauses) {
      for (const Clause* to : new_clauses) {
        if (from->verdict == to->verdict) continue;
        std::vector<Comparison> both;
        AddConditions(*from, both);
        AddConditions(*to, both);
        AddRegion({from->verdict, to->verdict}, number, std::move(both), {});
      }
      if (from->verdict == new_fallback) continue;
      std::vector<Comparison> given;
      AddConditions(*from, given);
      AddRegion({from->verdict, new_fallback}, number, std::move(given), new_clauses);
    }
    for (const Clause* to : new_clauses) {
      if (to->verdict == old_fallback) continue;
      std::vector<Comparison> given;
      AddConditions(*to, given);
      AddRegion({old_fallback, to->verdict}, number, std::move(given), old_clauses);
    }
    if (!same_fallback && !told_.contains({old_fallback, new_fallback})) {
      std::vector<const Clause*> all = old_clauses;
      all.insert(all.end(), new_clauses.begin(), new_clauses.end());
      AddRegion({old_fallback, new_fallback}, number, {}, all);
    }
    for (auto& [verdicts, difference] : by_verdicts_) {
      difference.name = name;
      difference.number = number;
      Add(std::move(difference));
    }
  }

  // If some arguments meet `given` and no clause of `outside`, they get `verdicts`.
  void AddRegion(const Verdicts& verdicts, std::uint32_t number, std::vector<Comparison> given,
                 std::span<const Clause* const> outside) {
    if (!effort_.Spend(1 + outside.size())) return;
    const auto arguments = FindOutside(given, outside, bits_, effort_);
    if (!arguments) return;
    const auto [place, is_new] = by_verdicts_.try_emplace(verdicts);
    Difference& difference = place->second;
    if (!is_new && difference.when.empty()) return;  // all arguments already
    std::string text = DescribeArguments(given, outside, bits_, effort_);
    if (is_new) {
      difference.old_verdict = verdicts.first;
      difference.new_verdict = verdicts.second;
      difference.witness = At(number, *arguments);
    }
    for (const Comparison& comparison : given) Mention(comparison.variable, difference);
    for (const Clause* clause : outside) {
      for (const Condition& condition : clause->conditions) {
        Mention(condition.arg_index, difference);
      }
    }
    if (text.empty()) {
      difference.when.clear();
    } else if (std::ranges::find(difference.when, text) == difference.when.end()) {
      difference.when.push_back(std::move(text));
    }
  }

  static void Mention(std::uint8_t arg_index, Difference& difference) {
    difference.arguments = std::max(difference.arguments, arg_index + 1U);
  }

  const Policy& old_policy_;
  const Policy& new_policy_;
  const ArchitecturePolicy& old_part_;
  const ArchitecturePolicy& new_part_;
  Architecture architecture_;
  unsigned bits_;
  Effort& effort_;
  std::set<Verdicts> told_;                     // of what no rule matches
  std::map<Verdicts, Difference> by_verdicts_;  // of one call
  std::vector<Difference> found_;
};

// The verdicts of an architecture that one policy alone includes, each with a call: what the other
// one's kill becomes or comes from.
std::vector<Difference> OfArchitecture(const Policy& policy, const ArchitecturePolicy& part,
                                       bool is_new, Effort& effort) {
  const std::uint32_t token = kernel::Facts(part.architecture).audit_token;
  const unsigned bits = ArgumentBits(part.architecture);
  std::map<Verdict, Difference> by_verdict;
  const auto add = [&](Verdict verdict, const Call& call) -> Difference* {
    // libseccomp's answer to an architecture that is not included, as Decide() gives it.
    constexpr Verdict kKilled{kernel::Action::kKillThread, 0};
    if (verdict == kKilled) return nullptr;
    const auto [place, first] = by_verdict.try_emplace(verdict);
    Difference& difference = place->second;
    if (!first) return &difference;
    difference.scope = Difference::Scope::kArchitecture;
    difference.architecture = part.architecture;
    difference.old_verdict = is_new ? kKilled : verdict;
    difference.new_verdict = is_new ? verdict : kKilled;
    difference.witness = call;
    return &difference;
  };
  for (const CallPolicy& call : part.calls) {
    std::set<Verdict> counted;
    for (const Clause& clause : call.clauses) {
      std::vector<Comparison> given;
      AddConditions(clause, given);
      const auto arguments = FindWithin(given, bits, effort);
      if (!arguments) continue;
      Difference* difference = add(clause.verdict, {token, call.number, *arguments});
      if (difference != nullptr && counted.insert(clause.verdict).second) ++difference->calls;
    }
  }
  const CallNames names = NamedCalls(&part, nullptr);
  for (const NumberRange& range : NumberRanges(&part, nullptr)) {
    const auto number = FindUnnamed(part.architecture, range, names);
    if (number) add(Decide(policy, {token, *number, {}}).verdict, {token, *number, {}});
  }
  // A horizon may leave no number without a name to the default.
  for (const CallPolicy& call : part.calls) {
    if (by_verdict.contains(policy.default_verdict)) break;
    const auto rest = FindOutside({}, ClausesOf(&call), bits, effort);
    if (rest) add(policy.default_verdict, {token, call.number, *rest});
  }
  if (!by_verdict.contains(policy.default_verdict)) {
    add(policy.default_verdict, {token, kernel::kCancelledCall, {}});
  }
  std::vector<Difference> found;
  found.reserve(by_verdict.size());
  for (auto& [verdict, difference] : by_verdict) found.push_back(std::move(difference));
  return found;
}

}  // namespace

Result<std::vector<Difference>> FindDifferences(const Policy& old_policy,
                                                const Policy& new_policy) {
  Effort effort(kMaxEffort);
  for (const auto& [policy, which] :
       {std::pair(&old_policy, "old"), std::pair(&new_policy, "new")}) {
    Status status = CheckUnambiguous(*policy, which, effort);
    if (!status) return std::move(status).error();
  }
  std::vector<Difference> found;
  const auto append = [&](std::vector<Difference> more) {
    std::ranges::move(more, std::back_inserter(found));
  };
  for (const ArchitecturePolicy& part : old_policy.architectures) {
    if (new_policy.Find(part.architecture) == nullptr) {
      append(OfArchitecture(old_policy, part, false, effort));
    } else {
      append(Comparer(old_policy, new_policy, part.architecture, effort).Compare());
    }
  }
  for (const ArchitecturePolicy& part : new_policy.architectures) {
    if (old_policy.Find(part.architecture) != nullptr) continue;
    append(OfArchitecture(new_policy, part, true, effort));
  }
  if (effort.exhausted()) return TooHard();
  return found;
}

}  // namespace schema::policy
