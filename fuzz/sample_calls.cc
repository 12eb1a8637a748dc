#include "fuzz/sample_calls.h"

#include <cstdint>

#include "schema/kernel/architecture.h"
#include "schema/policy/satisfy.h"

namespace fuzz {
namespace {

using schema::policy::Arguments;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Condition;

constexpr std::uint32_t kForeignToken = 0x12345678;
constexpr std::size_t kClausesTried = 64;

std::vector<Arguments> ArgumentsAround(const CallPolicy& call) {
  std::vector<Arguments> all = {{}};
  std::size_t tried = 0;
  for (const Clause& clause : call.clauses) {
    if (++tried > kClausesTried) break;
    if (const auto meeting = schema::policy::FindArguments(clause.conditions, 64)) {
      all.push_back(*meeting);
    }
    for (const Condition& condition : clause.conditions) {
      for (const std::uint64_t value : {condition.value, condition.value - 1, condition.value + 1,
                                        condition.value ^ (std::uint64_t{1} << 32U)}) {
        Arguments arguments = all.back();
        arguments[condition.arg_index] = value;
        all.push_back(arguments);
      }
    }
  }
  return all;
}

}  // namespace

std::vector<schema::policy::Call> CallsAround(const schema::policy::Policy& policy) {
  std::vector<schema::policy::Call> calls = {{kForeignToken, 1, {}}};
  for (const auto& part : policy.architectures) {
    const std::uint32_t token = schema::kernel::Facts(part.architecture).audit_token;
    for (const CallPolicy& call : part.calls) {
      for (const Arguments& arguments : ArgumentsAround(call)) {
        calls.push_back({token, call.number, arguments});
      }
    }
    for (const std::uint32_t number : {0U, 1U, 511U, 0x3FFFFFFFU, 0x40000000U, 0xFFFFFFFFU}) {
      calls.push_back({token, number, {}});
    }
    if (!part.horizon) continue;
    calls.push_back({token, *part.horizon, {}});
    calls.push_back({token, *part.horizon + 1, {}});
  }
  return calls;
}

}  // namespace fuzz
