#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/filter/bounded_compile.h"
#include "schema/filter/library.h"
#include "schema/filter/prove.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::policy::ArchitecturePolicy;
using schema::policy::CallPolicy;
using schema::policy::Condition;
using schema::policy::Policy;

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
  only.architectures.push_back({part.architecture, {call}, {}});
  return only;
}

Finding At(const Context& context, const CallPolicy& call, std::string message) {
  return {
      NameSpan(context, call.clauses.front()),
      std::move(message),
      "write the ranges as equalities or masks, or with one condition a rule and numbers within "
      "32 bits",
      {},
      {}};
}

std::string Library() {
  return "libseccomp " + ToString(schema::filter::Library().version) + ", this machine's, ";
}

// std::nullopt: proved, or not to be compiled here at all.
std::optional<Finding> CheckCall(const Context& context, const ArchitecturePolicy& part,
                                 const CallPolicy& call, bool& limit) {
  constexpr schema::filter::Bounds kBounds{.cpu_seconds = 1, .wall_seconds = 10};
  const Policy only = OnlyCall(*context.policy, part, call);
  const auto filter = schema::filter::CompileBounded(only, kBounds);
  if (!filter) {
    limit = filter.error().code == schema::ErrorCode::kLimit;
    if (!limit) return std::nullopt;
    return At(context, call,
              Library() + "does not finish compiling the rules on " + call.name +
                  ": engines hang, and our own refuse the profile");
  }
  const auto found = schema::filter::FindCounterexample(filter->program, only);
  if (!found || !*found) return std::nullopt;
  const auto& example = **found;
  return At(context, call,
            Library() + "compiles the rules on " + call.name +
                " wrongly: " + schema::filter::ToString(example.call) + " gets " +
                ToString(example.got) + " instead of " + ToString(example.expected));
}

std::vector<Finding> CheckFilterNotProved(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  constexpr std::size_t kMostCompiled = 256;
  std::vector<Finding> findings;
  std::size_t compiled = 0;
  for (const ArchitecturePolicy& part : context.policy->architectures) {
    if (schema::kernel::LibseccompSince(part.architecture) > schema::filter::Library().version) {
      continue;
    }
    for (const CallPolicy& call : part.calls) {
      const bool in_conflict = std::ranges::any_of(
          context.conflicts, [&](const auto& conflict) { return conflict.call == &call; });
      if (in_conflict || !IsIntricate(call)) continue;  // SL503
      if (compiled++ == kMostCompiled) return findings;
      bool limit = false;
      auto finding = CheckCall(context, part, call, limit);
      if (finding) findings.push_back(std::move(*finding));
      if (limit) return findings;  // one such is enough, and each takes its time
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL509{
    .id = "SL509",
    .name = "filter-not-proved",
    .severity = Severity::kError,
    .summary =
        "libseccomp makes a filter of the rules that does not do what they say, or never ends.",
    .why =
        "libseccomp 2.5 and 2.6 go wrong on some rules with arguments: ranges that reach beyond 32 "
        "bits, several conditions of which one is no equality. The filter is then weaker or "
        "stricter than the profile, or the compiler runs forever. Calls with such rules are "
        "compiled by the libseccomp of the machine that the linter runs on and proved; the message "
        "names a call that the filter decides otherwise than the profile. Our own agent refuses "
        "such a profile; other engines load the wrong filter.",
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
