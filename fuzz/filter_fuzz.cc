// From a profile to its filters, ours and libseccomp's: the prover proves both, and on every call
// tried both return, interpreted, what the policy says. Not given to libseccomp, since it is known
// to compile them wrongly or never to finish: ranges together with a second condition, and ranges
// that reach beyond 32 bits (README, limits).

#include <algorithm>
#include <cstdint>
#include <string>

#include "fuzz/require.h"
#include "fuzz/sample_calls.h"
#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using schema::kernel::Operator;
using schema::policy::Call;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Condition;
using schema::policy::Policy;

bool IsEquality(const Condition& condition) {
  return condition.op == Operator::kEqual || condition.op == Operator::kMaskedEqual;
}

// What libseccomp compiles right, as far as anybody has seen.
bool IsSafe(const CallPolicy& call) {
  constexpr std::size_t kManyClauses = 8;  // its time grows fast with them
  if (call.clauses.size() > kManyClauses) return false;
  const bool equalities = std::ranges::all_of(call.clauses, [](const Clause& clause) {
    return std::ranges::all_of(clause.conditions, IsEquality);
  });
  if (equalities) return true;
  return std::ranges::all_of(call.clauses, [&](const Clause& clause) {
    return clause.conditions.size() <= 1 &&
           std::ranges::all_of(clause.conditions, [&](const Condition& condition) {
             return condition.op != Operator::kMaskedEqual && condition.value <= UINT32_MAX &&
                    condition.arg_index == call.clauses.front().conditions.front().arg_index;
           });
  });
}

bool IsSafe(const Policy& policy) {
  return std::ranges::all_of(policy.architectures, [](const auto& part) {
    return std::ranges::all_of(part.calls, [](const CallPolicy& call) {
      const bool some_unconditional = std::ranges::any_of(
          call.clauses, [](const Clause& clause) { return clause.conditions.empty(); });
      return some_unconditional || IsSafe(call);
    });
  });
}

void CheckCall(const schema::filter::Filter& filter, const Policy& policy, const Call& call) {
  const auto execution = schema::filter::Interpret(filter.program, call);
  REQUIRE(execution);
  REQUIRE(schema::kernel::FromRet(execution->ret) == schema::policy::Decide(policy, call).verdict);
}

void CheckFilter(const schema::Result<schema::filter::Filter>& filter, const Policy& policy) {
  if (!filter) {
    REQUIRE(!filter.error().message.empty());
    return;
  }
  constexpr schema::filter::Budget kBudget{.paths = 20'000, .steps = 2'000'000};
  const auto counterexample = schema::filter::FindCounterexample(filter->program, policy, kBudget);
  REQUIRE(counterexample ? !*counterexample
                         : counterexample.error().code == schema::ErrorCode::kLimit);
  for (const Call& call : fuzz::CallsAround(policy)) CheckCall(*filter, policy, call);
}

void CheckTarget(const schema::profile::Profile& profile, const char* target_text) {
  const auto target = *schema::kernel::ParseTarget(target_text, {});
  const auto policy = schema::policy::Resolve(profile, target, {.enosys_horizon = true});
  if (!policy) return;
  CheckFilter(schema::filter::CompileDirect(*policy), *policy);
  if (IsSafe(*policy)) CheckFilter(schema::filter::Compile(*policy), *policy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 16384;  // libseccomp's time, again
  if (size > kLongest) return 0;
  const auto json = schema::json::Read(std::string(reinterpret_cast<const char*>(data), size));
  if (!json.valid) return 0;
  const auto parsed = schema::profile::Parse(json.document);
  if (!parsed.profile) return 0;
  CheckTarget(*parsed.profile, "arch=x86_64,kernel=6.1,caps=docker");
  CheckTarget(*parsed.profile, "arch=s390x,kernel=5.4,caps=none");
  return 0;
}
