#include "schema/filter/oci_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema/filter/direct.h"
#include "schema/filter/prove.h"
#include "schema/kernel/syscall.h"

namespace schema::filter {
namespace {

using kernel::Action;
using kernel::Architecture;
using kernel::Operator;
using policy::Condition;

constexpr kernel::Verdict kAllow{Action::kAllow, 0};
constexpr kernel::Verdict kDenied{Action::kErrno, 1};
constexpr std::uint64_t kAll = ~std::uint64_t{0};

// What the rules mean on x86_64; one name a rule.
policy::Policy Meaning(const OciRules& rules) {
  policy::Policy meaning;
  meaning.default_verdict = rules.default_verdict;
  meaning.architectures.push_back({Architecture::kX86_64, {}, {}, {}});
  auto& calls = meaning.architectures.front().calls;
  for (const OciRule& rule : rules.rules) {
    const std::uint32_t number = *kernel::NumberOf(Architecture::kX86_64, rule.names.front());
    auto call = std::ranges::find(calls, number, &policy::CallPolicy::number);
    if (call == calls.end()) call = calls.insert(calls.end(), {number, rule.names.front(), {}});
    call->clauses.push_back({rule.conditions, rule.verdict});
  }
  std::ranges::sort(calls, {}, &policy::CallPolicy::number);
  return meaning;
}

OciRules Allowing(const std::vector<std::vector<Condition>>& lseek) {
  OciRules rules{kDenied, {Architecture::kX86_64}, {}};
  for (const auto& conditions : lseek) rules.rules.push_back({{"lseek"}, kAllow, conditions});
  return rules;
}

// Both mean the same to the last argument: the program of the one is proved against the other.
void ExpectSame(const OciRules& rules, const OciRules& masked) {
  const auto program = CompileDirect(Meaning(masked));
  ASSERT_TRUE(program) << program.error().message;
  const auto found = FindCounterexample(program->program, Meaning(rules));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(*found) << ToString((*found)->call);
}

TEST(AsMasks, MeanTheSame) {
  for (const Operator op : {Operator::kLess, Operator::kLessOrEqual, Operator::kGreater,
                            Operator::kGreaterOrEqual, Operator::kNotEqual}) {
    for (const std::uint64_t value : {std::uint64_t{1}, std::uint64_t{0xF00000FF}, kAll - 1}) {
      // Another rule, of another argument, makes libseccomp's work intricate.
      const OciRules rules = Allowing({{{1, op, value, kAll}}, {{2, Operator::kLess, 4096, kAll}}});
      const auto masked = AsMasks(rules);
      ASSERT_TRUE(masked) << masked.error().message;
      EXPECT_GE(masked->rules.size(), 2U);
      for (const OciRule& rule : masked->rules) {
        for (const Condition& condition : rule.conditions) {
          EXPECT_TRUE(condition.op == Operator::kMaskedEqual || condition.op == Operator::kEqual);
        }
      }
      ExpectSame(rules, *masked);
    }
  }
}

TEST(AsMasks, WhatIsSimpleStays) {
  const OciRules range = Allowing({{{1, Operator::kLess, 4096, kAll}}});
  EXPECT_EQ(AsMasks(range)->rules, range.rules);
  const OciRules twice =
      Allowing({{{1, Operator::kEqual, 1, kAll}}, {{1, Operator::kEqual, 1, kAll}}});
  EXPECT_EQ(AsMasks(twice)->rules.size(), 1U);
  const OciRules swallowed = Allowing({{{1, Operator::kEqual, 1, kAll}}, {}});
  ASSERT_EQ(AsMasks(swallowed)->rules.size(), 1U);
  EXPECT_TRUE(AsMasks(swallowed)->rules.front().conditions.empty());
}

TEST(AsMasks, Limit) {
  const auto masked =
      AsMasks(Allowing({{{1, Operator::kNotEqual, 5, kAll}, {2, Operator::kNotEqual, 5, kAll}}}));
  ASSERT_FALSE(masked);
  EXPECT_EQ(masked.error().code, ErrorCode::kLimit);
}

// libseccomp 2.5 and 2.6 go wrong on the first, and not on the second.
TEST(ProveAsRuntime, RangesBeyond32Bits) {
  const OciRules rules = Allowing({{{1, Operator::kLess, 4096, kAll}},
                                   {{1, Operator::kGreater, std::uint64_t{1} << 32U, kAll}}});
  const Status wrong = ProveAsRuntime(rules, Meaning(rules));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("compiles the rules wrongly: lseek("), std::string::npos)
      << wrong.error().message;
  const auto masked = AsMasks(rules);
  ASSERT_TRUE(masked);
  const Status right = ProveAsRuntime(*masked, Meaning(rules));
  EXPECT_TRUE(right) << right.error().message;
}

TEST(LeaveOutUnknown, TakesWhatLibseccompLacks) {
  policy::Policy policy = Meaning(Allowing({{}}));
  auto& calls = policy.architectures.front().calls;
  calls.push_back({100'000, "no_such_call", {{{}, kAllow}}});
  const auto left_out = LeaveOutUnknown(policy);
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out.front().call.name, "no_such_call");
  EXPECT_EQ(policy.architectures.front().calls.size(), 1U);
}

}  // namespace
}  // namespace schema::filter
