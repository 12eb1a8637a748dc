#include <algorithm>
#include <set>
#include <utility>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/filter/compile.h"
#include "schema/filter/direct.h"

namespace lint::rules {
namespace {

using schema::filter::kMaxInstructions;
using schema::kernel::Operator;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Policy;

// With several conditions, or an order, clauses overlap: libseccomp takes minutes for a call that
// has some of them among dozens.
bool IsIntricate(const Clause& clause) {
  if (clause.conditions.empty()) return false;
  const Operator op = clause.conditions.front().op;
  return clause.conditions.size() > 1 || (op != Operator::kEqual && op != Operator::kMaskedEqual);
}

bool IsQuicklyCompiled(const Policy& policy) {
  constexpr std::size_t kMostBesideIntricate = 3;
  constexpr std::size_t kMostConditional = 512;
  std::size_t conditional = 0;
  for (const auto& part : policy.architectures) {
    for (const CallPolicy& call : part.calls) {
      for (const Clause& clause : call.clauses) conditional += clause.conditions.empty() ? 0U : 1U;
      if (call.clauses.size() <= kMostBesideIntricate) continue;
      if (std::ranges::any_of(call.clauses, IsIntricate)) return false;
    }
  }
  return conditional <= kMostConditional;
}

// libseccomp compares each number, and each value that an argument is to be equal to: what follows
// a comparison it shares among calls and architectures, the values' low words among the high ones.
std::size_t LeastInstructions(const Policy& policy) {
  std::size_t numbers = 0;
  std::set<std::pair<unsigned, std::uint32_t>> values;
  for (const auto& part : policy.architectures) {
    numbers += part.calls.size();
    for (const CallPolicy& call : part.calls) {
      const bool unconditional = std::ranges::any_of(
          call.clauses, [](const auto& clause) { return clause.conditions.empty(); });
      if (unconditional) continue;
      for (const auto& clause : call.clauses) {
        const auto& condition = clause.conditions.front();
        if (clause.conditions.size() != 1 || condition.op != Operator::kEqual) continue;
        values.emplace(condition.arg_index, static_cast<std::uint32_t>(condition.value));
      }
    }
  }
  return numbers + values.size();
}

// More than libseccomp ever generates: two words of an argument to load, mask and compare, and
// jumps that reach no further than 255 instructions.
std::size_t MostInstructions(const Policy& policy) {
  constexpr std::size_t kPerArchitecture = 10;
  constexpr std::size_t kPerCall = 2;
  constexpr std::size_t kPerClause = 3;
  constexpr std::size_t kPerCondition = 12;
  std::size_t most = 0;
  for (const auto& part : policy.architectures) {
    most += kPerArchitecture + kPerCall * part.calls.size();
    for (const CallPolicy& call : part.calls) {
      for (const auto& clause : call.clauses) {
        if (clause.conditions.empty()) continue;
        most += kPerClause + kPerCondition * clause.conditions.size();
      }
    }
  }
  return most;
}

// Compiling takes milliseconds, and is left to profiles that may be too long.
bool IsTooLong(const Policy& policy, schema::kernel::Engine engine) {
  const auto is_limit = [](const auto& filter) {
    return !filter && filter.error().code == schema::ErrorCode::kLimit;
  };
  if (engine == schema::kernel::Engine::kIsolator) {
    return MostInstructions(policy) > kMaxInstructions &&
           is_limit(schema::filter::CompileDirect(policy));
  }
  if (LeastInstructions(policy) > kMaxInstructions) return true;
  if (MostInstructions(policy) <= kMaxInstructions || !IsQuicklyCompiled(policy)) return false;
  return is_limit(schema::filter::Compile(policy));
}

std::vector<Finding> CheckFilterTooLong(const Context& context) {
  if (context.policy == nullptr || !IsTooLong(*context.policy, context.target.engine)) return {};
  return {
      {Opening(context.profile->syscalls_span.value_or(context.profile->span)),
       "the filter has more than " + std::to_string(kMaxInstructions) +
           " instructions, the most that the kernel takes: the container does not start",
       "include the architectures of one machine by archMap, or compare ranges and masks instead "
       "of single values",
       {},
       {}}};
}

}  // namespace

extern const Rule kSL207{
    .id = "SL207",
    .name = "filter-too-long",
    .severity = Severity::kError,
    .summary = "The filter has more instructions than the kernel takes.",
    .why =
        "A filter is a program of at most 4096 instructions (BPF_MAXINSNS). A call takes one or "
        "two of them on each included architecture, a condition on an argument about five. The "
        "kernel refuses a longer one with EINVAL and the container does not start. Of profiles "
        "with thousands of conditions the rule says nothing where it cannot be sure: how long their "
        "filter is takes libseccomp minutes to tell.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": [ twelve of them ],
  "syscalls": [ { "names": [ four hundred ], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [ the same, each machine with what it runs ],
  "syscalls": [ { "names": [ four hundred ], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp(2), EINVAL; BPF_MAXINSNS of linux/bpf_common.h",
    .check = &CheckFilterTooLong,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
