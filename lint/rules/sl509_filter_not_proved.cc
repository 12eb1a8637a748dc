#include <algorithm>
#include <array>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/filter/bounded_compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::ArchitecturePolicy;
using schema::policy::CallPolicy;
using schema::policy::Condition;
using schema::policy::Policy;

constexpr std::string_view kRewrite =
    "write the ranges as equalities or masks, or with one condition a rule and numbers within 32 "
    "bits";
constexpr std::string_view kSimplify =
    "give the call fewer rules, or fewer conditions a rule: one SCMP_CMP_MASKED_EQ can stand for "
    "many values";

// What a proof costs by guess; beyond this it may not come to an end within its budget.
constexpr std::size_t kLight = std::size_t{1} << 14U;
constexpr std::size_t kMostWeight = std::size_t{1} << 20U;

// The paths through a call's part of a filter: each rule that does not match fails by any of its
// conditions. Each path is held against each rule.
std::size_t WeightOf(const CallPolicy& call) {
  // Masks of one argument can say any formula of Boolean logic.
  constexpr std::size_t kMostMasks = 24;
  std::array<std::size_t, schema::policy::kArguments> masks{};
  for (const auto& clause : call.clauses) {
    for (const Condition& condition : clause.conditions) {
      const bool masked = condition.op == Operator::kMaskedEqual;
      if (masked && ++masks[condition.arg_index] > kMostMasks) return kMostWeight;
    }
  }
  // A rule on one value meets few paths.
  const bool values_alone = std::ranges::all_of(call.clauses, [](const auto& clause) {
    return clause.conditions.size() == 1 && clause.conditions.front().op == Operator::kEqual;
  });
  if (values_alone) return call.clauses.size();
  std::size_t weight = call.clauses.size() * call.clauses.size();
  for (const auto& clause : call.clauses) {
    if (clause.conditions.empty()) return 0;
    weight = std::min(weight * clause.conditions.size(), kMostWeight);
  }
  return weight;
}

bool IsEquality(const Condition& condition) {
  return condition.op == Operator::kEqual || condition.op == Operator::kMaskedEqual;
}

// Whether libseccomp may go wrong on the call: equalities and masks, and comparisons of one
// argument with numbers within 32 bits, have never been seen to.
bool IsIntricate(const CallPolicy& call) {
  if (call.clauses.empty()) return false;
  bool ordered = false;
  bool simple = true;
  const auto& first = call.clauses.front().conditions;
  for (const auto& clause : call.clauses) {
    for (const Condition& condition : clause.conditions) {
      ordered = ordered || !IsEquality(condition);
      simple = simple && clause.conditions.size() == 1 && condition.value <= 0xFFFFFFFF &&
               !first.empty() && condition.arg_index == first.front().arg_index;
    }
  }
  return ordered && !simple;
}

Policy OnlyCall(const Policy& policy, const ArchitecturePolicy& part, const CallPolicy& call) {
  Policy only;
  only.default_verdict = policy.default_verdict;
  only.architectures.push_back({part.architecture, {call}, {}, {}});
  return only;
}

bool ByLibseccomp(const Context& context) {
  return context.target.engine != schema::kernel::Engine::kIsolator;
}

// As the engine does.
schema::Result<schema::filter::Filter> CompileFor(const Context& context, const Policy& policy) {
  constexpr schema::filter::Bounds kBounds{.cpu_seconds = 1, .wall_seconds = 10};
  return ByLibseccomp(context) ? schema::filter::CompileBounded(policy, kBounds)
                               : schema::filter::CompileDirect(policy);
}

struct Answer {
  std::optional<Finding> finding;
  bool limit = false;  // it took all the time that there is
};

// std::nullopt in the answer: proved, or not to be compiled here at all.
Answer Prove(const Context& context, const Policy& policy, schema::Span span,
             const std::string& rules) {
  const std::string library = "libseccomp " + ToString(schema::filter::Library().version);
  const auto filter = CompileFor(context, policy);
  if (!filter) {
    if (filter.error().code != schema::ErrorCode::kLimit) return {};
    return {Finding{span,
                    "no filter comes of " + rules + ": " + filter.error().message,
                    std::string(kRewrite),
                    {},
                    {}},
            true};
  }
  const auto found = schema::filter::FindCounterexample(filter->program, policy);
  if (!found) {
    // Other engines load what nobody has proved.
    const auto severity = ByLibseccomp(context) ? std::optional(Severity::kWarning) : std::nullopt;
    return {Finding{span,
                    "no proof within the bound that the filter of " + rules +
                        " does what they say: " + found.error().message,
                    std::string(kSimplify),
                    {},
                    severity},
            true};
  }
  if (!*found) return {};
  const auto& example = **found;
  return {Finding{span,
                  (ByLibseccomp(context) ? library + ", this machine's, compiles "
                                         : "seccomp-agent has a bug and compiles ") +
                      rules + " wrongly: " + schema::filter::ToString(example.call) + " gets " +
                      ToString(example.got) + " instead of " + ToString(example.expected),
                  std::string(kRewrite),
                  {},
                  {}},
          false};
}

std::vector<Finding> CheckFilterNotProved(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  constexpr std::size_t kMostCompiled = 256;
  std::vector<Finding> findings;
  std::size_t compiled = 0;
  std::size_t weight = 0;
  for (const ArchitecturePolicy& part : context.policy->architectures) {
    const bool known =
        !ByLibseccomp(context) ||
        schema::kernel::LibseccompSince(part.architecture) <= schema::filter::Library().version;
    for (const CallPolicy& call : part.calls) {
      weight += WeightOf(call);
      const bool doubtful = WeightOf(call) > kLight || (ByLibseccomp(context) && IsIntricate(call));
      const bool in_conflict = std::ranges::any_of(
          context.conflicts, [&](const auto& conflict) { return conflict.call == &call; });
      if (!known || !doubtful || in_conflict) continue;  // SL503
      if (compiled++ >= kMostCompiled) continue;
      auto [finding, limit] =
          Prove(context, OnlyCall(*context.policy, part, call),
                NameSpan(context, call.clauses.front()), "the rules on " + call.name);
      if (finding) findings.push_back(std::move(*finding));
      if (limit) return findings;  // one such is enough, and each takes its time
    }
  }
  // Each call alone was well, which says little of many together.
  if (findings.empty() && context.conflicts.empty() &&
      (weight > kLight || compiled > kMostCompiled)) {
    const auto span = context.profile->syscalls_span.value_or(context.profile->span);
    auto answer = Prove(context, *context.policy, Opening(span), "all rules together");
    if (answer.finding) findings.push_back(std::move(*answer.finding));
  }
  return findings;
}

}  // namespace

extern const Rule kSL509{
    .id = "SL509",
    .name = "filter-not-proved",
    .severity = Severity::kError,
    .summary =
        "libseccomp makes a filter of the rules that does not do what they say, or never ends; or "
        "nobody can prove it.",
    .why =
        "libseccomp 2.5 and 2.6 go wrong on some rules with arguments: ranges that reach beyond 32 "
        "bits, several conditions of which one is no equality. The filter is then weaker or "
        "stricter than the profile, or the compiler runs forever. Calls with such rules are "
        "compiled by the libseccomp of the machine that the linter runs on and proved; the message "
        "names a call that the filter decides otherwise than the profile. Engines load the wrong "
        "filter, or hang. Our own agent (engine isolator) compiles without libseccomp. It proves "
        "every filter, and refuses a profile with so many conditions on one call that the proof "
        "comes to no end within its bound: for other engines that is a warning.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 1, "value": 4096, "op": "SCMP_CMP_LT" }] },
  { "names": ["mmap"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 1, "value": 4294967296, "op": "SCMP_CMP_GT" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ALLOW",
    "args": [{ "index": 1, "value": 4096, "op": "SCMP_CMP_LT" }] } ] })",
    .source = "observed with libseccomp 2.5.4 and 2.6.1, and in the kernel",
    .check = &CheckFilterNotProved,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
