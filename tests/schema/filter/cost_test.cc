#include "schema/filter/cost.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/instruction.h"
#include "schema/filter/seccomp_data.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

constexpr std::uint32_t kX86_64Token = 0xC000003E;
constexpr std::uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kArg0Low = 16;
constexpr kernel::KernelVersion kKernel{6, 18};

using Program = std::vector<sock_filter>;

// Loads arch and nr; 1 is allowed, 2 is allowed where the low word of arg0 is 5, or has a bit of 6
// and, masked, is not above 3; all else is killed.
const Program kChecked = {
    {kLoadWord, 0, 0, 4},    {kJumpIfEqual, 1, 0, kX86_64Token},
    {kReturn, 0, 0, kKill},  {kLoadWord, 0, 0, 0},
    {kJumpIfEqual, 7, 0, 1},  // 4
    {kJumpIfEqual, 0, 5, 2}, {kLoadWord, 0, 0, kArg0Low},
    {kJumpIfEqual, 4, 0, 5}, {kJumpIfBits, 0, 2, 6},
    {kAnd, 0, 0, 0xFF},      {kJumpIfGreater, 0, 1, 3},  // 10
    {kReturn, 0, 0, kKill},  {kReturn, 0, 0, kAllow},
};

CallCost CostOfOne(const Program& program, std::uint32_t number,
                   Architecture architecture = Architecture::kX86_64) {
  const auto costs = CostOf(program, architecture, std::vector{number});
  EXPECT_TRUE(costs);
  return costs ? costs->front() : CallCost{};
}

TEST(Cost, CountsWhatACallExecutes) {
  EXPECT_EQ(CostOfOne(kChecked, 1).executed, 5U);
  EXPECT_EQ(CostOfOne(kChecked, 2).executed, 9U);  // arg0 is 0: no bit of 6
  EXPECT_EQ(CostOfOne(kChecked, 3).executed, 6U);
  EXPECT_EQ(CostOfOne(kChecked, 1, Architecture::kX86).executed, 3U);
  const auto costs = CostOf(kChecked, Architecture::kX86_64, std::vector<std::uint32_t>{1, 2, 3});
  ASSERT_TRUE(costs);
  EXPECT_DOUBLE_EQ(Mean(*costs), (5 + 9 + 6) / 3.0);
  EXPECT_EQ(Most(*costs), 9U);
  EXPECT_EQ(Mean({}), 0);
  EXPECT_FALSE(CostOf(Program{{kLoadWord, 0, 0, 0}}, Architecture::kX86_64, {}));
}

TEST(Cost, FindsTheLongestPathThatTheNumberLeavesOpen) {
  EXPECT_EQ(CostOfOne(kChecked, 1).longest, 5U);
  EXPECT_EQ(CostOfOne(kChecked, 2).longest, 11U);  // by way of the mask
  EXPECT_EQ(CostOfOne(kChecked, 3).longest, 6U);
  EXPECT_TRUE(CostOfOne(kChecked, 1).can_be_allowed);
  EXPECT_TRUE(CostOfOne(kChecked, 2).can_be_allowed);
  EXPECT_FALSE(CostOfOne(kChecked, 3).can_be_allowed);
  EXPECT_FALSE(CostOfOne(kChecked, 1, Architecture::kX86).can_be_allowed);
  // A masked number is known; a number plus one is not, which leaves both ways open.
  const auto with = [](const sock_filter& instruction) {
    return Program{{kLoadWord, 0, 0, 0},    instruction,  //
                   {kJumpIfEqual, 0, 1, 1}, {kReturn, 0, 0, kKill},
                   {kJump, 0, 0, 0},        {kReturn, 0, 0, kAllow}};
  };
  EXPECT_EQ(CostOfOne(with({kAnd, 0, 0, 1}), 3).longest, 4U);
  EXPECT_EQ(CostOfOne(with({kAnd, 0, 0, 1}), 2).longest, 5U);
  const CallCost plus_one = CostOfOne(with({BPF_ALU | BPF_ADD | BPF_K, 0, 0, 1}), 0);
  EXPECT_EQ(plus_one.executed, 4U);
  EXPECT_EQ(plus_one.longest, 5U);
}

TEST(Cost, FindsWhatTheKernelNeedNotRunTheFilterFor) {
  const CallCost allowed = CostOfOne(kChecked, 1);
  EXPECT_TRUE(allowed.always_allowed);
  EXPECT_EQ(allowed.at_load, 5U);
  const CallCost by_argument = CostOfOne(kChecked, 2);
  EXPECT_FALSE(by_argument.always_allowed);
  EXPECT_EQ(by_argument.at_load, 6U);  // up to the load of the argument
  const CallCost killed = CostOfOne(kChecked, 3);
  EXPECT_FALSE(killed.always_allowed);
  EXPECT_EQ(killed.at_load, 6U);
  // Allowed whatever the argument is, but the kernel gives up at its load.
  EXPECT_FALSE(CostOfOne({{kLoadWord, 0, 0, kArg0Low}, {kReturn, 0, 0, kAllow}}, 1).always_allowed);
  // What it does not emulate: any register but A, any calculation but AND.
  EXPECT_TRUE(CostOfOne({{kReturn, 0, 0, kAllow}}, 1).always_allowed);
  EXPECT_FALSE(
      CostOfOne({{BPF_MISC | BPF_TAX, 0, 0, 0}, {kReturn, 0, 0, kAllow}}, 1).always_allowed);
  // SECCOMP_RET_DATA does not matter to a call, but to the kernel's comparison.
  EXPECT_FALSE(CostOfOne({{kReturn, 0, 0, kAllow | 1U}}, 1).always_allowed);
}

TEST(Cost, LoadRunsTheNumbersOfEachCachedTable) {
  const std::size_t x86_64 = TableNumbers(Architecture::kX86_64, kKernel).size();
  const std::size_t x86 = TableNumbers(Architecture::kX86, kKernel).size();
  EXPECT_EQ(x86_64, 470U);  // file_setattr, 6.17, is 469
  EXPECT_EQ(TableNumbers(Architecture::kX86_64, {5, 11}).size(), 442U);   // epoll_pwait2 is 441
  EXPECT_EQ(TableNumbers(Architecture::kX86_64, kKernel).at(400), 400U);  // a hole
  EXPECT_EQ(TableNumbers(Architecture::kX32, kKernel).front(), kernel::kX32Bit);
  EXPECT_EQ(TableNumbers(Architecture::kMips, kKernel).front(), 4000U);
  const Program allow = {{kReturn, 0, 0, kAllow}};
  EXPECT_EQ(**LoadCost(allow, Architecture::kX86_64, kKernel), x86_64 + x86);
  // x86: 3 of the program each; x86_64: 1 and what is killed.
  EXPECT_EQ(**LoadCost(kChecked, Architecture::kX86_64, kKernel), x86_64 * 6 - 1 + x86 * 3);
  EXPECT_EQ(*LoadCost(allow, Architecture::kX86_64, {5, 10}), std::nullopt);
  EXPECT_EQ(*LoadCost(allow, Architecture::kMips64, kKernel), std::nullopt);
  // arm's private calls have no place in the table.
  const auto arm = TableNumbers(Architecture::kArm, kKernel);
  EXPECT_GT(arm.back(), 983'000U);
  EXPECT_LT(**LoadCost(allow, Architecture::kArm, kKernel), 500U);
}

TEST(Cost, CachedAreTheKernelsOwnAndIts32BitArchitecture) {
  using List = std::vector<Architecture>;
  EXPECT_EQ(CachedArchitectures(Architecture::kX86_64, {5, 11}),
            (List{Architecture::kX86_64, Architecture::kX86}));
  EXPECT_EQ(CachedArchitectures(Architecture::kX32, {5, 11}),
            (List{Architecture::kX86_64, Architecture::kX86}));
  EXPECT_EQ(CachedArchitectures(Architecture::kAarch64, kKernel),
            (List{Architecture::kAarch64, Architecture::kArm}));
  EXPECT_EQ(CachedArchitectures(Architecture::kRiscv64, kKernel), List{Architecture::kRiscv64});
  EXPECT_EQ(CachedArchitectures(Architecture::kX86_64, {5, 10}), List{});
  EXPECT_EQ(CachedArchitectures(Architecture::kMipsel, kKernel), List{});
}

TEST(Cost, OfDockersDefault) {
  std::ifstream file("profiles/default.json", std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  kernel::Target target;
  target.kernel = kKernel;
  target = *kernel::ParseTarget("arch=x86_64,caps=docker", target);
  const auto policy = *policy::Resolve(*profile::Parse(json::Read(text).document).profile, target);
  std::vector<std::uint32_t> numbers(471);
  for (std::uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = i;

  const auto direct = CompileDirect(policy);
  ASSERT_TRUE(direct);
  const auto ours = CostOf(direct->program, Architecture::kX86_64, numbers);
  ASSERT_TRUE(ours);
  EXPECT_LE(Mean(*ours), 9.5);
  EXPECT_LE(Most(*ours), 16U);

  const auto linear = Compile(policy);
  ASSERT_TRUE(linear);
  const auto theirs = CostOf(linear->program, Architecture::kX86_64, numbers);
  ASSERT_TRUE(theirs);
  EXPECT_NEAR(Mean(*theirs), 340, 30);
  // Whoever compiles it: the policy says what is allowed whatever the arguments are.
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ((*ours)[i].always_allowed, (*theirs)[i].always_allowed) << i;
    EXPECT_EQ((*ours)[i].can_be_allowed, (*theirs)[i].can_be_allowed) << i;
    EXPECT_GE((*ours)[i].longest, (*ours)[i].executed) << i;
    EXPECT_GE((*theirs)[i].longest, (*theirs)[i].executed) << i;
  }
  const auto load = LoadCost(direct->program, Architecture::kX86_64, kKernel);
  const auto their_load = LoadCost(linear->program, Architecture::kX86_64, kKernel);
  ASSERT_TRUE(load && their_load);
  EXPECT_LT(**load * 20, **their_load);
}

}  // namespace
}  // namespace schema::filter
