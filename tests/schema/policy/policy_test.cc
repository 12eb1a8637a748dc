#include "schema/policy/policy.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::policy {
namespace {

using kernel::Action;
using kernel::Architecture;
using kernel::Target;
using kernel::Verdict;

constexpr Verdict kAllow{Action::kAllow, 0};
constexpr Verdict kEperm{Action::kErrno, 1};
constexpr Verdict kEnosys{Action::kErrno, 38};
constexpr Verdict kKill{Action::kKillThread, 0};

Target TargetOf(std::string_view text) {
  Target target;
  target.kernel = {6, 1};
  return *kernel::ParseTarget(text, target);
}

Result<Policy> ResolveText(const std::string& text, std::string_view target,
                           ResolveOptions options = {}) {
  const auto profile = profile::Parse(json::Read(text).document).profile;
  return Resolve(*profile, TargetOf(target), options);
}

std::string WithRules(const std::string& rules, const std::string& more = "") {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", )" + more + R"("syscalls": [)" + rules + "]}";
}

Decision DecideOn(const Policy& policy, Architecture architecture, std::uint32_t number,
                  const Arguments& arguments = {}) {
  return Decide(policy, {kernel::Facts(architecture).audit_token, number, arguments});
}

// The verdict of a call by name on the policy's own architecture.
Verdict Of(const Policy& policy, std::string_view name, const Arguments& arguments = {}) {
  const Architecture architecture = policy.architectures.front().architecture;
  const auto number = kernel::NumberOf(architecture, name);
  return DecideOn(policy, architecture, *number, arguments).verdict;
}

constexpr const char* kAllowRead = R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"})";

TEST(Resolve, ArchMapCountsForTheTargetAlone) {
  const std::string map = R"("archMap": [
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], )";
  const auto policy = ResolveText(WithRules(kAllowRead, map), "arch=x86_64");
  EXPECT_NE(policy->Find(Architecture::kX86_64), nullptr);
  EXPECT_NE(policy->Find(Architecture::kX86), nullptr);
  EXPECT_EQ(policy->Find(Architecture::kAarch64), nullptr);
  EXPECT_EQ(policy->Find(Architecture::kArm), nullptr);
  EXPECT_EQ(DecideOn(*policy, Architecture::kAarch64, 63).verdict, kKill);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86, 3).verdict, kAllow);
}

TEST(Resolve, BothArchitecturesAndArchMapIsAnError) {
  EXPECT_FALSE(ResolveText(WithRules("", R"("architectures": ["SCMP_ARCH_X86"],
                       "archMap": [{"architecture": "SCMP_ARCH_X86_64"}], )"),
                           "arch=x86_64"));
}

TEST(Resolve, TheOwnArchitectureIsAlwaysIncluded) {
  const auto policy =
      ResolveText(WithRules(kAllowRead, R"("architectures": ["SCMP_ARCH_X86"], )"), "arch=x86_64");
  EXPECT_EQ(Of(*policy, "read"), kAllow);
}

struct ConditionCase {
  const char* rule;
  const char* target;
  bool applies;
};

class ConditionsTest : public testing::TestWithParam<ConditionCase> {};

TEST_P(ConditionsTest, DecideWhetherTheRuleApplies) {
  const auto& [rule, target, applies] = GetParam();
  const auto policy = ResolveText(
      WithRules(std::string(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW", )") + rule + "}"),
      target);
  EXPECT_EQ(Of(*policy, "read"), applies ? kAllow : kEperm);
}

constexpr const char* kIncludesCap = R"("includes": {"caps": ["CAP_SYS_ADMIN"]})";
constexpr const char* kExcludesCap = R"("excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]})";
constexpr const char* kIncludesTwo = R"("includes": {"caps": ["CAP_SYS_ADMIN", "CAP_KILL"]})";
constexpr const char* kIncludesArch = R"("includes": {"arches": ["arm64", "amd64"]})";
constexpr const char* kExcludesArch = R"("excludes": {"arches": ["amd64"]})";
constexpr const char* kIncludesKernel = R"("includes": {"minKernel": "4.8"})";
constexpr const char* kExcludesKernel = R"("excludes": {"minKernel": "4.8"})";

INSTANTIATE_TEST_SUITE_P(
    Table, ConditionsTest,
    testing::Values(ConditionCase{kIncludesCap, "arch=x86_64,caps=none", false},
                    ConditionCase{kIncludesCap, "arch=x86_64,caps=CAP_SYS_ADMIN", true},
                    ConditionCase{kExcludesCap, "arch=x86_64,caps=none", true},
                    ConditionCase{kExcludesCap, "arch=x86_64,caps=CAP_BPF", false},  // any of them
                    // No bounding set holds what the kernel does not have.
                    ConditionCase{kExcludesCap, "arch=x86_64,caps=CAP_BPF,kernel=5.7", true},
                    ConditionCase{kIncludesTwo, "arch=x86_64,caps=CAP_SYS_ADMIN",
                                  false},  // all of them
                    ConditionCase{kIncludesTwo, "arch=x86_64,caps=CAP_SYS_ADMIN+CAP_KILL", true},
                    ConditionCase{kIncludesArch, "arch=aarch64", true},
                    ConditionCase{kIncludesArch, "arch=riscv64", false},
                    ConditionCase{kExcludesArch, "arch=x86_64", false},
                    ConditionCase{kExcludesArch, "arch=aarch64", true},
                    ConditionCase{kIncludesKernel, "arch=x86_64,kernel=4.8", true},
                    ConditionCase{kIncludesKernel, "arch=x86_64,kernel=4.7", false},
                    ConditionCase{kIncludesKernel, "arch=x86_64,kernel=4.10", true},
                    ConditionCase{kExcludesKernel, "arch=x86_64,kernel=4.8", false},
                    ConditionCase{kExcludesKernel, "arch=x86_64,kernel=3.19", true}));

TEST(Decide, ForeignArchitecturesAndX32Numbers) {
  const auto policy = ResolveText(WithRules(kAllowRead), "arch=x86_64");
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 0).verdict, kAllow);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 1).verdict, kEperm);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86, 3).verdict, kKill);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, kernel::kX32Bit).verdict, kKill);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 0xFFFFFFFF).verdict, kEperm);
  const auto with_x32 =
      ResolveText(WithRules(kAllowRead, R"("architectures": ["SCMP_ARCH_X32"], )"), "arch=x86_64");
  EXPECT_EQ(DecideOn(*with_x32, Architecture::kX86_64, kernel::kX32Bit).verdict, kAllow);
  EXPECT_EQ(DecideOn(*with_x32, Architecture::kX86_64, kernel::kX32Bit + 1).verdict, kEperm);
}

TEST(Decide, ConditionsAreAndedAndARepeatedIndexOrs) {
  const auto both =
      ResolveText(WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [
        {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 9, "op": "SCMP_CMP_LT"}]})"),
                  "arch=x86_64");
  EXPECT_EQ(Of(*both, "read", {1, 0, 8}), kAllow);
  EXPECT_EQ(Of(*both, "read", {1, 0, 9}), kEperm);
  const auto repeated =
      ResolveText(WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [
        {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 7, "op": "SCMP_CMP_EQ"},
        {"index": 2, "value": 9, "op": "SCMP_CMP_LT"}]})"),
                  "arch=x86_64");
  EXPECT_EQ(Of(*repeated, "read", {7, 0, 10}), kAllow);
  EXPECT_EQ(Of(*repeated, "read", {5, 0, 8}), kAllow);
  EXPECT_EQ(Of(*repeated, "read", {5, 0, 10}), kEperm);
}

TEST(Decide, A32BitArgumentIsItsLowWord) {
  const std::string rule = WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW",
      "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_EQ"}]})");
  EXPECT_EQ(Of(*ResolveText(rule, "arch=x86"), "read", {0xDEAD00000005}), kAllow);
  EXPECT_EQ(Of(*ResolveText(rule, "arch=x86_64"), "read", {0xDEAD00000005}), kEperm);
  const std::string wide = WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW",
      "args": [{"index": 0, "value": 4294967301, "op": "SCMP_CMP_EQ"}]})");
  EXPECT_EQ(Of(*ResolveText(wide, "arch=x86"), "read", {5}), kEperm);
}

TEST(Decide, ARuleEqualToTheDefaultDoesNothing) {
  const auto policy =
      ResolveText(WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1},
                   {"names": ["read"], "action": "SCMP_ACT_ALLOW",
                    "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]})"),
                  "arch=x86_64");
  EXPECT_TRUE(FindConflicts(*policy).empty());
  EXPECT_EQ(Of(*policy, "read", {1}), kAllow);
}

TEST(Decide, SaysWhatIsAmbiguous) {
  const auto policy = ResolveText(WithRules(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"},
                   {"names": ["read"], "action": "SCMP_ACT_LOG",
                    "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]})"),
                                  "arch=x86_64");
  EXPECT_TRUE(DecideOn(*policy, Architecture::kX86_64, 0, {1}).ambiguous);
  EXPECT_FALSE(DecideOn(*policy, Architecture::kX86_64, 0, {2}).ambiguous);
  const auto conflicts = FindConflicts(*policy);
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts[0].witness, (Arguments{1}));
}

TEST(Decide, AMultiplexerGetsTheCallsVerdictWithoutItsConditions) {
  const auto policy = ResolveText(WithRules(R"({"names": ["socket"], "action": "SCMP_ACT_ALLOW",
                    "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
                   {"names": ["recv"], "action": "SCMP_ACT_ALLOW"})"),
                                  "arch=x86");
  EXPECT_EQ(Of(*policy, "socket", {40}), kEperm);
  EXPECT_EQ(Of(*policy, "socketcall", {1, 40}), kAllow);
  EXPECT_EQ(Of(*policy, "socketcall", {10}), kAllow);
  EXPECT_EQ(Of(*policy, "socketcall", {2}), kEperm);
}

TEST(Decide, TheHorizonTellsUnknownCallsApart) {
  const std::string text = WithRules(
      R"({"names": ["read", "statx"], "action": "SCMP_ACT_ALLOW"},
         {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1})");
  const auto policy = ResolveText(text, "arch=x86_64", {.enosys_horizon = true});
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 434).verdict, kEperm);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 435).verdict, kEperm);  // clone3, the highest
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 436).verdict, kEnosys);
  EXPECT_EQ(DecideOn(*policy, Architecture::kX86_64, 0xFFFFFFFF).verdict, kEperm);
  const auto without = ResolveText(text, "arch=x86_64");
  EXPECT_EQ(DecideOn(*without, Architecture::kX86_64, 436).verdict, kEperm);
}

TEST(Resolve, ErrnoByNumberOrName) {
  const auto policy = ResolveText(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
          {"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSYS"},
          {"names": ["write"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
          {"names": ["open"], "action": "SCMP_ACT_ERRNO"},
          {"names": ["close"], "action": "SCMP_ACT_KILL"}]})",
      "arch=x86_64");
  EXPECT_EQ(Of(*policy, "read"), kEnosys);
  EXPECT_EQ(Of(*policy, "write"), kEnosys);
  EXPECT_EQ(Of(*policy, "open"), kEperm);
  EXPECT_EQ(Of(*policy, "close"), kKill);
}

TEST(Resolve, KeepsTheNamesThatItDrops) {
  const auto policy = ResolveText(
      WithRules(R"({"names": ["read", "opne"], "action": "SCMP_ACT_ALLOW"})"), "arch=x86_64");
  ASSERT_EQ(policy->dropped.size(), 1U);
  EXPECT_EQ(policy->dropped[0].name.value, "opne");
}

}  // namespace
}  // namespace schema::policy
