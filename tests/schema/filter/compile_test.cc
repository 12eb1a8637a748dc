#include "schema/filter/compile.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "schema/filter/interpret.h"
#include "schema/filter/library.h"
#include "schema/json/reader.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

policy::Policy PolicyOf(const std::string& text, std::string_view target_text,
                        policy::ResolveOptions options = {}) {
  kernel::Target target;
  target.kernel = {6, 1};
  target = *kernel::ParseTarget(target_text, target);
  const auto profile = profile::Parse(json::Read(text).document).profile;
  return *policy::Resolve(*profile, target, options);
}

// The filter of the policy does what the policy says, on calls around everything that it names.
void ExpectAgreement(const policy::Policy& policy) {
  const auto filter = Compile(policy);
  ASSERT_TRUE(filter) << filter.error().message;
  std::vector<policy::Arguments> arguments = {{}};
  std::vector<std::uint64_t> values = {0, 1, 0xFFFFFFFF, 0x100000000, ~std::uint64_t{0}};
  for (const auto& part : policy.architectures) {
    for (const auto& call : part.calls) {
      for (const auto& clause : call.clauses) {
        for (const auto& condition : clause.conditions) {
          for (const std::uint64_t value :
               {condition.value, condition.value - 1, condition.value + 1,
                condition.value | 0x500000000, condition.mask}) {
            values.push_back(value);
          }
        }
      }
    }
  }
  for (const std::uint64_t first : values) {
    for (const std::uint64_t second : {std::uint64_t{0}, values.back()}) {
      arguments.push_back({first, second, first});
    }
  }
  std::size_t checked = 0;
  for (const auto& facts : kernel::Architectures()) {
    for (std::uint32_t base : {0U, 4000U, 5000U, 6000U, 0x0F0000U, kernel::kX32Bit, 0xFFFFFE00U}) {
      for (std::uint32_t i = 0; i < 512; ++i) {
        for (const auto& args : arguments) {
          const policy::Call call{facts.audit_token, base + i, args};
          const auto ret = Interpret(filter->program, call);
          ASSERT_TRUE(ret);
          ASSERT_EQ(kernel::FromRet(ret->ret), policy::Decide(policy, call).verdict)
              << facts.name << " " << call.number << " " << args[0] << " " << args[1];
          ++checked;
          const auto* part = policy.Find(facts.architecture);
          if (part == nullptr || part->Find(call.number) == nullptr) break;
        }
      }
    }
  }
  EXPECT_GT(checked, 10000U);
}

constexpr const char* kRules = R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": [ARCHES],
  "syscalls": [
    {"names": ["read", "write", "exit_group", "accept", "recv", "shmat", "cacheflush"],
     "action": "SCMP_ACT_ALLOW"},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]},
    {"names": ["socket"], "action": "SCMP_ACT_LOG",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
    {"names": ["mount"], "action": "SCMP_ACT_KILL_PROCESS"},
    {"names": ["ptrace"], "action": "SCMP_ACT_TRACE", "errnoRet": 7},
    {"names": ["kill"], "action": "SCMP_ACT_TRAP",
     "args": [{"index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ"}]}
  ]})";

std::string RulesFor(const std::string& architectures) {
  std::string text = kRules;
  return text.replace(text.find("ARCHES"), 6, architectures);
}

struct Case {
  const char* target;
  const char* architectures;
};

class CompileTest : public testing::TestWithParam<Case> {};

TEST_P(CompileTest, DoesWhatThePolicySays) {
  const std::string text = RulesFor(GetParam().architectures);
  ExpectAgreement(PolicyOf(text, GetParam().target));
  ExpectAgreement(PolicyOf(text, GetParam().target, {.enosys_horizon = true}));
}

INSTANTIATE_TEST_SUITE_P(
    Architectures, CompileTest,
    testing::Values(Case{"arch=x86_64", ""}, Case{"arch=x86_64", R"("SCMP_ARCH_X32")"},
                    Case{"arch=x86_64", R"("SCMP_ARCH_X86", "SCMP_ARCH_X32")"},
                    Case{"arch=x86", ""}, Case{"arch=x32", ""}, Case{"arch=arm", ""},
                    Case{"arch=aarch64", R"("SCMP_ARCH_ARM")"},
                    Case{"arch=s390x", R"("SCMP_ARCH_S390")"}, Case{"arch=ppc64le", ""},
                    Case{"arch=ppc64", R"("SCMP_ARCH_PPC")"}, Case{"arch=riscv64", ""},
                    Case{"arch=mips64", R"("SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32")"},
                    Case{"arch=mipsel64", R"("SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32")"},
                    Case{"arch=parisc64", R"("SCMP_ARCH_PARISC")"}));

// The profile names nothing above read that x86 has a number of its own for, but ipc has a rule.
TEST(Compile, AMultiplexerBeyondTheHorizonKeepsItsRule) {
  const auto policy = PolicyOf(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"],
          "syscalls": [{"names": ["read", "semtimedop"], "action": "SCMP_ACT_ALLOW"}]})",
      "arch=x86_64", {.enosys_horizon = true});
  const auto* x86 = policy.Find(Architecture::kX86);
  ASSERT_NE(x86, nullptr);
  ASSERT_GT(x86->calls.back().number, *x86->horizon);
  ExpectAgreement(policy);
}

// libseccomp 2.5.4 gives both names one number where this machine lacks them.
TEST(Compile, NamesThatTheLibraryTakesForOneAnotherAreKeptApart) {
  const std::string text = R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)"
                           R"({"names":["sys_debug_setcontext"],"action":"SCMP_ACT_ALLOW"}]})";
  ExpectAgreement(PolicyOf(text, "arch=ppc64le"));
}

TEST(Compile, RefusesContradictions) {
  const auto filter = Compile(PolicyOf(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
          {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["read"], "action": "SCMP_ACT_LOG",
           "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]})",
      "arch=x86_64"));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().message,
            "the profile gives read on x86_64 both SCMP_ACT_ALLOW and SCMP_ACT_LOG");
}

TEST(Compile, SaysWhichArchitectureTheLibraryLacks) {
  const auto filter = Compile(PolicyOf(R"({"defaultAction": "SCMP_ACT_ALLOW"})", "arch=sheb"));
  if (filter) GTEST_SKIP() << "this libseccomp knows sheb";
  EXPECT_EQ(filter.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(filter.error().message.find("sheb"), std::string::npos);
}

TEST(Compile, SaysThatAFilterIsTooLong) {
  constexpr const char* kNames[] = {"read", "write", "open", "close", "lseek"};
  std::string rules;
  for (int i = 0; i < 5000; ++i) {
    rules += std::string(i == 0 ? "" : ",") + R"({"names": [")" + kNames[i % 5] +
             R"("], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": )" +
             std::to_string(i * 7) + R"(, "op": "SCMP_CMP_EQ"}]})";
  }
  const auto filter = Compile(PolicyOf(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [)" + rules + "]}", "arch=x86_64"));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, ErrorCode::kLimit) << filter.error().message;
}

TEST(Library, IsNotOlderThanItsRelease) {
  const kernel::Libseccomp library = Library();
  EXPECT_GE(library.version, (kernel::LibseccompVersion{2, 5, 0}));
  EXPECT_GE(library.syscalls_until, kernel::LibseccompRelease(library.version).syscalls_until);
}

}  // namespace
}  // namespace schema::filter
