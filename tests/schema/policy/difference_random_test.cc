// FindDifferences against Decide on random pairs of policies: every call of a grid of border
// values.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/policy/conflict.h"
#include "schema/policy/difference.h"
#include "schema/policy/policy.h"

namespace schema::policy {
namespace {

using kernel::Action;
using kernel::Architecture;
using kernel::Operator;
using kernel::Verdict;

constexpr Verdict kAllow{Action::kAllow, 0};
constexpr Verdict kLog{Action::kLog, 0};
constexpr Verdict kEperm{Action::kErrno, 1};
constexpr Verdict kEnosys{Action::kErrno, 38};

// What a text of Difference::when says about the arguments.
bool Holds(std::string_view text, const Arguments& arguments) {
  for (bool first = true; first || !text.empty(); first = false) {
    std::size_t end = 0;
    for (int depth = 0; end < text.size(); ++end) {
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
      if (depth == 0 && text.substr(end).starts_with(" and ")) break;
    }
    const std::string part(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 5));
    bool holds = false;
    if (part.starts_with("not (")) {
      holds = !Holds(std::string_view(part).substr(5, part.size() - 6), arguments);
    } else {
      std::istringstream words(part);
      std::string argument;
      std::string op;
      std::string number;
      words >> argument >> op >> number;
      std::uint64_t left = arguments[static_cast<std::size_t>(argument[3] - '0')];
      if (op == "&") {
        left &= std::stoull(number, nullptr, 0);
        words >> op >> number;
      }
      const std::uint64_t right = std::stoull(number, nullptr, 0);
      holds = op == "=="   ? left == right
              : op == "!=" ? left != right
              : op == "<"  ? left < right
              : op == "<=" ? left <= right
              : op == ">"  ? left > right
                           : left >= right;
    }
    if (!holds) return false;
  }
  return true;
}

std::string Line(const Difference& difference) {
  std::string text = difference.name + ": " + ToString(difference.old_verdict) + " -> " +
                     ToString(difference.new_verdict);
  for (const std::string& when : difference.when) text += "\n  if " + when;
  return text;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t Below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_()) % limit; }

  std::uint64_t Value(bool wide) {
    const std::uint64_t small = Below(5);
    if (!wide || Below(3) != 0) return small;
    constexpr std::uint64_t kBorders[] = {0xFFFFFFFF, 0x100000000, ~std::uint64_t{0},
                                          0x8000000000000000};
    return kBorders[Below(4)] + (Below(2) == 0 ? 0 : small);
  }

  CallPolicy MakeCall(std::uint32_t number, Verdict default_verdict, bool wide) {
    constexpr Verdict kVerdicts[] = {kAllow, kAllow, kLog, kEperm, kEnosys};
    CallPolicy call{number, "call" + std::to_string(number), {}};
    for (std::uint32_t i = Below(5); i > 0; --i) {
      Clause clause;
      clause.verdict = kVerdicts[Below(5)];
      if (clause.verdict == default_verdict) continue;
      for (std::uint8_t arg = 0; arg < 2; ++arg) {
        if (Below(3) == 0) continue;
        Condition condition{arg, static_cast<Operator>(Below(7)), Value(wide), ~std::uint64_t{0}};
        if (condition.op == Operator::kMaskedEqual) {
          condition.mask = Below(8);
          condition.value &= condition.mask;
        }
        clause.conditions.push_back(condition);
      }
      call.clauses.push_back(std::move(clause));
    }
    return call;
  }

  Policy MakePolicy() {
    Policy policy;
    policy.default_verdict = Below(2) == 0 ? kEperm : kEnosys;
    const bool wide = Below(2) == 0;
    for (const Architecture architecture : {Architecture::kX86_64, Architecture::kX86}) {
      ArchitecturePolicy& part = policy.architectures.emplace_back();
      part.architecture = architecture;
      for (std::uint32_t number = 0; number < 3; ++number) {
        CallPolicy call = MakeCall(number, policy.default_verdict, wide);
        if (!call.clauses.empty()) part.calls.push_back(std::move(call));
      }
      if (Below(3) == 0) part.horizon = Below(5);
    }
    if (Below(8) == 0) policy.architectures.pop_back();
    return policy;
  }

 private:
  std::mt19937 engine_;
};

std::set<std::uint64_t> Borders(const Policy& one, const Policy& other) {
  std::set<std::uint64_t> values = {0, 1, 2, 3, 4, 5, 6, 7, 8, ~std::uint64_t{0}, 0x500000003};
  for (const Policy* policy : {&one, &other}) {
    for (const ArchitecturePolicy& part : policy->architectures) {
      for (const CallPolicy& call : part.calls) {
        for (const Clause& clause : call.clauses) {
          for (const Condition& condition : clause.conditions) {
            values.insert({condition.value - 1, condition.value, condition.value + 1});
          }
        }
      }
    }
  }
  return values;
}

bool About(const Difference& difference, const Call& call, Arguments arguments) {
  if (kernel::Facts(difference.architecture).audit_token != call.audit_token) return false;
  if (ArgumentBits(difference.architecture) == 32) {
    for (std::uint64_t& argument : arguments) argument &= 0xFFFFFFFF;
  }
  return difference.number == call.number &&
         (difference.when.empty() || std::ranges::any_of(difference.when, [&](const auto& when) {
            return Holds(when, arguments);
          }));
}

// Every call of the grid against what is reported, and the other way round.
void CheckCall(const Policy& old_policy, const Policy& new_policy,
               const std::vector<Difference>& found, const Call& call) {
  const std::pair got{Decide(old_policy, call).verdict, Decide(new_policy, call).verdict};
  bool told = got.first == got.second;
  for (const Difference& difference : found) {
    const bool same = got == std::pair{difference.old_verdict, difference.new_verdict};
    if (difference.scope == Difference::Scope::kCall) {
      const bool about = About(difference, call, call.arguments);
      EXPECT_TRUE(!about || same) << Line(difference);
      told = told || about;
    } else {
      const auto& facts = kernel::Facts(difference.architecture);
      told = told || (facts.audit_token == call.audit_token && same);
    }
  }
  EXPECT_TRUE(told) << call.number << " " << call.arguments[0] << " " << call.arguments[1];
}

TEST(FindDifferences, AgreeWithBruteForceOnRandomPairs) {
  Random random(20261124);
  int compared = 0;
  while (compared < 400 && !testing::Test::HasFailure()) {
    const Policy old_policy = random.MakePolicy();
    Policy new_policy = random.MakePolicy();
    if (random.Below(2) == 0) new_policy.default_verdict = old_policy.default_verdict;
    const auto found = FindDifferences(old_policy, new_policy);
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kInvalid) << found.error().message;
      EXPECT_FALSE(FindConflicts(old_policy).empty() && FindConflicts(new_policy).empty());
      continue;
    }
    ++compared;
    for (const Difference& difference : *found) {
      EXPECT_EQ(Decide(old_policy, difference.witness).verdict, difference.old_verdict);
      EXPECT_EQ(Decide(new_policy, difference.witness).verdict, difference.new_verdict);
    }
    const auto values = Borders(old_policy, new_policy);
    for (const Architecture architecture : {Architecture::kX86_64, Architecture::kX86}) {
      const std::uint32_t token = kernel::Facts(architecture).audit_token;
      for (std::uint32_t number = 0; number < 8; ++number) {
        for (const std::uint64_t first : values) {
          for (const std::uint64_t second : values) {
            CheckCall(old_policy, new_policy, *found, {token, number, {first, second}});
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace schema::policy
