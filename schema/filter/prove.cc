#include "schema/filter/prove.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/symbolic.h"
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

// A condition as a comparison of the whole variable: an argument of 32 bits is its low word.
Comparison OnWord(const policy::Condition& condition, unsigned argument_bits) {
  Comparison comparison = policy::ToComparison(condition);
  if (argument_bits == 32) comparison.mask &= 0xFFFFFFFF;
  return comparison;
}

// Checks one path at a time against the policy, and keeps the first difference.
class Checker {
 public:
  explicit Checker(const Policy& policy) : policy_(policy) {}

  // False once a difference is found.
  bool Check(const Path& path) {
    IntervalSet foreign = path.architectures;
    for (const std::uint32_t token : Tokens()) {
      if (!path.architectures.Within(token, token).empty() && !CheckToken(path, token)) {
        return false;
      }
      foreign = foreign.Without(token, token);
    }
    return foreign.empty() || CheckDefault(path, foreign.least(), path.numbers.least());
  }

  std::optional<Counterexample> Take() { return std::move(found_); }

 private:
  std::vector<std::uint32_t> Tokens() const {
    std::vector<std::uint32_t> tokens;
    for (const ArchitecturePolicy& part : policy_.architectures) {
      tokens.push_back(kernel::Facts(part.architecture).audit_token);
    }
    std::ranges::sort(tokens);
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    return tokens;
  }

  bool CheckToken(const Path& path, std::uint32_t token) {
    IntervalSet rest = path.numbers;
    std::vector<std::uint32_t> edges = {0, kernel::kX32Bit, UINT32_MAX};
    for (const ArchitecturePolicy& part : policy_.architectures) {
      if (kernel::Facts(part.architecture).audit_token != token) continue;
      if (part.horizon && *part.horizon < UINT32_MAX) edges.push_back(*part.horizon + 1);
      for (const CallPolicy& call : part.calls) {
        if (path.numbers.Within(call.number, call.number).empty()) continue;
        if (!CheckCall(path, token, part, call)) return false;
        rest = rest.Without(call.number, call.number);
      }
    }
    // What no rule speaks of: between two edges the policy gives all numbers the same.
    std::ranges::sort(edges);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const std::uint32_t last = i + 1 < edges.size() ? edges[i + 1] - 1 : UINT32_MAX;
      if (edges[i] > last) continue;
      const IntervalSet part = rest.Within(edges[i], last);
      if (!part.empty() && !CheckDefault(path, token, part.least())) return false;
    }
    return true;
  }

  // The policy decides by architecture and number alone.
  bool CheckDefault(const Path& path, std::uint32_t token, std::uint32_t number) {
    const Verdict expected = policy::Decide(policy_, {token, number, {}}).verdict;
    if (kernel::FromRet(path.ret) == expected) return true;
    return Differ(path.comparisons, path, token, number, expected);
  }

  bool CheckCall(const Path& path, std::uint32_t token, const ArchitecturePolicy& part,
                 const CallPolicy& call) {
    const Verdict got = kernel::FromRet(path.ret);
    const unsigned bits = policy::ArgumentBits(part.architecture);
    std::vector<const Clause*> giving_got;
    for (const Clause& clause : call.clauses) {
      if (clause.verdict == got) {
        giving_got.push_back(&clause);
        continue;
      }
      std::vector<Comparison> both = path.comparisons;
      for (const auto& condition : clause.conditions) both.push_back(OnWord(condition, bits));
      if (!Differ(both, path, token, call.number, clause.verdict)) return false;
    }
    if (got == policy_.default_verdict) return true;
    return CheckCovered(path, path.comparisons, giving_got, token, call.number, bits);
  }

  // Every call with `comparisons` matches one of the clauses: else the policy gives it the default.
  bool CheckCovered(const Path& path, const std::vector<Comparison>& comparisons,
                    std::span<const Clause* const> clauses, std::uint32_t token,
                    std::uint32_t number, unsigned bits) {
    if (clauses.empty()) return Differ(comparisons, path, token, number, policy_.default_verdict);
    // Outside a conjunction: its first condition fails, or the first holds and the second fails,
    // ...
    std::vector<Comparison> outside = comparisons;
    for (const auto& condition : clauses.front()->conditions) {
      Comparison comparison = OnWord(condition, bits);
      comparison.relation = policy::Opposite(comparison.relation);
      outside.push_back(comparison);
      if (policy::FindValues(outside, kVariables, 64) &&
          !CheckCovered(path, outside, clauses.subspan(1), token, number, bits)) {
        return false;
      }
      outside.back().relation = policy::Opposite(comparison.relation);
    }
    return true;
  }

  // If some call meets `comparisons`, it is a difference: keeps it and returns false.
  bool Differ(std::span<const Comparison> comparisons, const Path& path, std::uint32_t token,
              std::uint32_t number, Verdict expected) {
    const auto values = policy::FindValues(comparisons, kVariables, 64);
    if (!values) return true;
    Counterexample example;
    example.call.audit_token = token;
    example.call.number = number;
    std::copy_n(values->begin(), policy::kArguments, example.call.arguments.begin());
    example.expected = expected;
    example.got = kernel::FromRet(path.ret);
    found_ = example;
    return false;
  }

  const Policy& policy_;
  std::optional<Counterexample> found_;
};

std::string Hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

// "mmap(0x0, 0x1000, 0x0, 0x0, 0x0, 0x0) on x86_64".
std::string ToString(const policy::Call& call) {
  for (const kernel::ArchitectureFacts& facts : kernel::Architectures()) {
    if (facts.audit_token != call.audit_token) continue;
    const bool x32 = facts.architecture == kernel::Architecture::kX32;
    if (facts.audit_token == kernel::Facts(kernel::Architecture::kX32).audit_token &&
        x32 != (call.number >= kernel::kX32Bit)) {
      continue;
    }
    std::string text(kernel::NameOf(facts.architecture, call.number));
    if (text.empty()) text = "call number " + std::to_string(call.number);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      text += (i == 0 ? "(" : ", ") + Hex(call.arguments[i]);
    }
    return text + ") on " + std::string(facts.name);
  }
  return "call number " + std::to_string(call.number) + " of architecture " + Hex(call.audit_token);
}

}  // namespace

Result<std::optional<Counterexample>> FindCounterexample(std::span<const sock_filter> program,
                                                         const Policy& policy) {
  if (!policy::FindConflicts(policy).empty()) {
    return Error{ErrorCode::kInvalid, "the policy is ambiguous: there is nothing to prove", 0};
  }
  Checker checker(policy);
  const bool big_endian = kernel::Facts(policy.architectures.front().architecture).big_endian;
  Status status = ForEachPath(program, big_endian, kMaxPaths,
                              [&](const Path& path) { return checker.Check(path); });
  if (!status) return std::move(status).error();
  return checker.Take();
}

Result<Filter> CompileAndProve(const Policy& policy) {
  auto filter = Compile(policy);
  if (!filter) return filter;
  auto found = FindCounterexample(filter->program, policy);
  if (!found) return std::move(found).error().While("the filter cannot be proved");
  if (!*found) return filter;
  const Counterexample& example = **found;
  return Error{ErrorCode::kUnsupported,
               "libseccomp compiles this profile wrongly: " + ToString(example.call) +
                   " would get " + kernel::ToString(example.got) + " instead of " +
                   kernel::ToString(example.expected) +
                   "; write its ranges as equalities or masks, or split them at 32 bits",
               0};
}

}  // namespace schema::filter
