#include "schema/filter/prove.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "schema/filter/bounded_compile.h"
#include "schema/filter/check_program.h"
#include "schema/filter/direct.h"
#include "schema/filter/symbolic.h"
#include "schema/hex.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/conflict.h"
#include "schema/policy/satisfy.h"

namespace schema::filter {
namespace {

using kernel::Verdict;
using policy::ArchitecturePolicy;
using policy::CallPolicy;
using policy::Clause;
using policy::Comparison;
using policy::Policy;
using policy::Relation;

// A condition as a comparison of the whole variable: an argument of 32 bits is its low word.
Comparison OnWord(const policy::Condition& condition, unsigned argument_bits) {
  Comparison comparison = policy::ToComparison(condition);
  if (argument_bits == 32) comparison.mask &= 0xFFFFFFFF;
  return comparison;
}

// Between which values the words of the arguments lie on a path: what most rules on one value fail
// by, without a search.
class Box {
 public:
  explicit Box(std::span<const Comparison> comparisons) {
    words_.fill({0, UINT32_MAX});
    for (const Comparison& comparison : comparisons) {
      if (comparison.variable >= policy::kArguments) continue;
      const std::size_t low = std::size_t{2} * comparison.variable;
      if (comparison.mask == UINT32_MAX) Narrow(words_[low], comparison.relation, comparison.value);
      if (comparison.mask == ~std::uint64_t{UINT32_MAX}) {
        Narrow(words_[low + 1], comparison.relation, comparison.value >> 32U);
      }
    }
  }

  // False: no call of the path meets all conditions. True says nothing.
  bool MayMeet(std::span<const policy::Condition> conditions, unsigned bits) const {
    return std::ranges::all_of(conditions, [&](const policy::Condition& condition) {
      if (condition.op != kernel::Operator::kEqual) return true;
      const std::size_t low = std::size_t{2} * condition.arg_index;
      return words_[low].Holds(condition.value & UINT32_MAX) &&
             (bits == 32 || words_[low + 1].Holds(condition.value >> 32U));
    });
  }

 private:
  struct Bounds {
    std::uint64_t least = 0;
    std::uint64_t most = 0;

    bool Holds(std::uint64_t value) const { return least <= value && value <= most; }
  };

  static void Narrow(Bounds& bounds, Relation relation, std::uint64_t value) {
    switch (relation) {
      case Relation::kEqual:
        bounds = {std::max(bounds.least, value), std::min(bounds.most, value)};
        break;
      case Relation::kNotEqual:
        break;
      case Relation::kLess:
        bounds.most = std::min(bounds.most, value == 0 ? 0 : value - 1);
        break;
      case Relation::kLessOrEqual:
        bounds.most = std::min(bounds.most, value);
        break;
      case Relation::kGreater:
        bounds.least = std::max(bounds.least, value + 1);
        break;
      case Relation::kGreaterOrEqual:
        bounds.least = std::max(bounds.least, value);
        break;
    }
  }

  std::array<Bounds, 2 * policy::kArguments> words_{};  // the low one first
};

// Checks one path at a time against the policy, and keeps the first difference.
class Checker {
 public:
  Checker(const Policy& policy, Budget& budget) : policy_(policy), budget_(budget) {
    for (const ArchitecturePolicy& part : policy_.architectures) {
      tokens_.push_back(kernel::Facts(part.architecture).audit_token);
    }
    std::ranges::sort(tokens_);
    tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
  }

  // False once a difference is found or nothing more can be decided.
  bool Check(const Path& path) {
    IntervalSet foreign = path.architectures;
    for (const std::uint32_t token : tokens_) {
      const IntervalSet own = path.architectures.Within(token, token);
      if (!own.empty() && !CheckToken({path, own, path.numbers})) return false;
      foreign = foreign.Without(token, token);
    }
    return foreign.empty() || CheckDefault({path, foreign, path.numbers});
  }

  Result<std::optional<Counterexample>> Take() {
    if (error_) return *std::move(error_);
    return found_;
  }

 private:
  // A part of a path by architecture and number.
  struct Part {
    const Path& path;
    const IntervalSet& architectures;
    const IntervalSet& numbers;
  };

  bool CheckToken(const Part& whole) {
    const std::uint32_t token = whole.architectures.least();
    std::vector<std::uint32_t> edges = {0, kernel::kX32Bit, UINT32_MAX};
    std::vector<std::uint32_t> named;
    for (const ArchitecturePolicy& part : policy_.architectures) {
      if (kernel::Facts(part.architecture).audit_token != token) continue;
      if (part.horizon && *part.horizon < UINT32_MAX) edges.push_back(*part.horizon + 1);
      const unsigned bits = policy::ArgumentBits(part.architecture);
      for (const Interval& numbers : whole.numbers.intervals()) {
        auto call = std::ranges::lower_bound(part.calls, numbers.first, {}, &CallPolicy::number);
        for (; call != part.calls.end() && call->number <= numbers.last; ++call) {
          const IntervalSet number({{call->number, call->number}});
          if (!CheckCall({whole.path, whole.architectures, number}, bits, *call)) return false;
          named.push_back(call->number);
        }
      }
    }
    std::ranges::sort(named);
    const IntervalSet rest = whole.numbers.Without(named);
    // What no rule speaks of: between two edges the policy gives all numbers the same.
    std::ranges::sort(edges);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const std::uint32_t last = i + 1 < edges.size() ? edges[i + 1] - 1 : UINT32_MAX;
      if (edges[i] > last) continue;
      const IntervalSet numbers = rest.Within(edges[i], last);
      if (!numbers.empty() && !CheckDefault({whole.path, whole.architectures, numbers})) {
        return false;
      }
    }
    return true;
  }

  // The policy decides by architecture and number alone, and gives all in the part the same.
  bool CheckDefault(const Part& part) {
    const policy::Call call{part.architectures.least(), part.numbers.least(), {}};
    const Verdict expected = policy::Decide(policy_, call).verdict;
    if (kernel::FromRet(part.path.ret) == expected) return true;
    return Differ(part.path.comparisons, part, expected);
  }

  bool CheckCall(const Part& part, unsigned bits, const CallPolicy& call) {
    const Verdict got = kernel::FromRet(part.path.ret);
    const auto decides_all = [&](const Clause& clause) {
      return clause.verdict == got && clause.conditions.empty();
    };
    // All clauses that a call meets agree: Check() is for policies without conflicts.
    if (std::ranges::any_of(call.clauses, decides_all)) return true;
    std::vector<const Clause*> giving_got;
    const Box box(part.path.comparisons);
    for (const Clause& clause : call.clauses) {
      if (!box.MayMeet(clause.conditions, bits)) continue;
      if (clause.verdict == got) {
        giving_got.push_back(&clause);
        continue;
      }
      std::vector<Comparison> both = part.path.comparisons;
      for (const auto& condition : clause.conditions) both.push_back(OnWord(condition, bits));
      if (!Differ(both, part, clause.verdict)) return false;
    }
    if (got == policy_.default_verdict) return true;
    return CheckCovered(part.path.comparisons, part, giving_got, bits);
  }

  // Every call with `comparisons` matches one of the clauses: else the policy gives it the default.
  // Only a clause that the call in hand matches is turned round: the many about other values cost
  // nothing.
  bool CheckCovered(const std::vector<Comparison>& comparisons, const Part& part,
                    std::span<const Clause* const> clauses, unsigned bits) {
    const auto example = Find(comparisons, part);
    if (!example) return !error_;
    const auto matching = std::ranges::find_if(clauses, [&](const Clause* clause) {
      return std::ranges::all_of(clause->conditions, [&](const policy::Condition& condition) {
        policy::Arguments arguments = WordsOf(*example, bits);
        return policy::Matches(condition, arguments);
      });
    });
    if (matching == clauses.end()) return Differ(comparisons, part, policy_.default_verdict);
    // Outside a conjunction: its first condition fails, or the first holds and the second fails,
    // ...
    std::vector<Comparison> outside = comparisons;
    for (const auto& condition : (*matching)->conditions) {
      outside.push_back(OnWord(condition, bits));
      Comparison& last = outside.back();
      last.relation = policy::Opposite(last.relation);
      if (!CheckCovered(outside, part, clauses, bits)) return false;
      last.relation = policy::Opposite(last.relation);
    }
    return true;
  }

  static policy::Arguments WordsOf(const policy::Call& call, unsigned bits) {
    policy::Arguments arguments = call.arguments;
    for (std::uint64_t& argument : arguments) {
      if (bits == 32) argument &= UINT32_MAX;
    }
    return arguments;
  }

  // If some call meets `comparisons`, it is a difference: keeps it and returns false.
  bool Differ(std::span<const Comparison> comparisons, const Part& part, Verdict expected) {
    const auto call = Find(comparisons, part);
    if (call) found_ = Counterexample{*call, pointer_, expected, kernel::FromRet(part.path.ret)};
    return !call && !error_;
  }

  // A call of the part that meets `comparisons`.
  std::optional<policy::Call> Find(std::span<const Comparison> comparisons, const Part& part) {
    if (!part.path.compares_sets) {
      return FindWithin(comparisons, part.architectures.least(), part.numbers.least());
    }
    std::vector<Comparison> all(comparisons.begin(), comparisons.end());
    all.resize(all.size() + 4);
    for (const Interval& architectures : part.architectures.intervals()) {
      for (const Interval& numbers : part.numbers.intervals()) {
        constexpr std::uint64_t kAllBits = ~std::uint64_t{0};
        std::ranges::copy(
            std::array<Comparison, 4>{
                {{kArchitecture, Relation::kGreaterOrEqual, kAllBits, architectures.first},
                 {kArchitecture, Relation::kLessOrEqual, kAllBits, architectures.last},
                 {kNumber, Relation::kGreaterOrEqual, kAllBits, numbers.first},
                 {kNumber, Relation::kLessOrEqual, kAllBits, numbers.last}}},
            all.end() - 4);
        auto call = FindWithin(all, std::nullopt, std::nullopt);
        if (call || error_) return call;
      }
    }
    return std::nullopt;
  }

  // std::nullopt: the architecture or number is what the values say.
  std::optional<policy::Call> FindWithin(std::span<const Comparison> comparisons,
                                         std::optional<std::uint32_t> architecture,
                                         std::optional<std::uint32_t> number) {
    if (error_) return std::nullopt;
    auto values = FindValues(comparisons, budget_);
    if (!values) {
      error_ = std::move(values).error();
      return std::nullopt;
    }
    if (!*values) return std::nullopt;
    const auto& found = **values;
    policy::Call call;
    call.audit_token = architecture.value_or(static_cast<std::uint32_t>(found[kArchitecture]));
    call.number = number.value_or(static_cast<std::uint32_t>(found[kNumber]));
    std::copy_n(found.begin(), policy::kArguments, call.arguments.begin());
    pointer_ = found[kInstructionPointer];
    return call;
  }

  const Policy& policy_;
  Budget& budget_;
  std::vector<std::uint32_t> tokens_;
  std::uint64_t pointer_ = 0;  // of the call that was found last
  std::optional<Counterexample> found_;
  std::optional<Error> error_;
};

}  // namespace

std::string ToString(const policy::Call& call) {
  const std::string number = "call number " + std::to_string(call.number);
  const auto architecture = kernel::ArchitectureOf(call.audit_token, call.number);
  if (!architecture) return number + " of architecture " + Hex(call.audit_token);
  std::string text(kernel::NameOf(*architecture, call.number));
  if (text.empty()) text = number;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    text += (i == 0 ? "(" : ", ") + Hex(call.arguments[i]);
  }
  return text + ") on " + std::string(kernel::Facts(*architecture).name);
}

Result<std::optional<Counterexample>> FindCounterexample(std::span<const sock_filter> program,
                                                         const Policy& policy, Budget budget) {
  if (!policy::FindConflicts(policy).empty()) {
    return Error{ErrorCode::kInvalid, "the policy is ambiguous: there is nothing to prove", 0};
  }
  if (Status status = CheckProgram(program); !status) return std::move(status).error();
  Checker checker(policy, budget);
  for (const bool big_endian : {false, true}) {
    Status status = ForEachPath(program, big_endian, budget,
                                [&](const Path& path) { return checker.Check(path); });
    if (!status) return std::move(status).error();
    auto found = checker.Take();
    if (!found || *found) return found;
  }
  return std::optional<Counterexample>();
}

std::optional<Compiler> ParseCompiler(std::string_view name) {
  if (name == "direct") return Compiler::kDirect;
  if (name == "libseccomp") return Compiler::kLibseccomp;
  return std::nullopt;
}

Result<Filter> CompileAndProve(const Policy& policy, Compiler compiler) {
  const bool direct = compiler == Compiler::kDirect;
  auto filter = direct ? CompileDirect(policy) : CompileBounded(policy);
  if (!filter) return filter;
  auto found = FindCounterexample(filter->program, policy);
  if (!found) return std::move(found).error().While("the filter cannot be proved");
  if (!*found) return filter;
  const Counterexample& example = **found;
  return Error{ErrorCode::kUnsupported,
               std::string(direct ? "a bug: we compile" : "libseccomp compiles") +
                   " this profile wrongly: " + ToString(example.call) + " would get " +
                   kernel::ToString(example.got) + " instead of " +
                   kernel::ToString(example.expected) +
                   (direct ? ""
                           : "; compile it by the direct compiler, or write its ranges as "
                             "equalities or masks, or split them at 32 bits"),
               0};
}

}  // namespace schema::filter
