#include "schema/filter/prove.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema/filter/compile.h"
#include "schema/filter/interpret.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

policy::Policy PolicyOf(const std::string& rules, const std::string& target_text = "arch=x86_64",
                        policy::ResolveOptions options = {.enosys_horizon = true}) {
  kernel::Target target;
  target.kernel = {6, 1};
  target = *kernel::ParseTarget(target_text, target);
  const std::string text =
      R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": [)" +
      std::string(target_text == "arch=x86_64" ? R"("SCMP_ARCH_X86", "SCMP_ARCH_X32")" : "") +
      R"(], "syscalls": [)" + rules + "]}";
  const auto profile = profile::Parse(json::Read(text).document).profile;
  return *policy::Resolve(*profile, target, options);
}

std::string AllowMmap(const char* op, const char* value) {
  return std::string(
             R"({"names": ["mmap"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "op": ")") +
         op + R"(", "value": )" + value + "}]}";
}

const std::string kRules = R"(
    {"names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
    {"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [
      {"index": 1, "value": 4096, "op": "SCMP_CMP_GT"}]},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]})";

TEST(FindCounterexample, ProvesWhatIsRight) {
  for (const char* target : {"arch=x86_64", "arch=s390x", "arch=arm", "arch=mips64", "arch=x32"}) {
    const auto policy = PolicyOf(kRules, target);
    const auto filter = Compile(policy);
    ASSERT_TRUE(filter);
    const auto found = FindCounterexample(filter->program, policy);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found) << target << " number " << (*found)->call.number;
  }
}

// libseccomp joins two ranges across the border of the words, and allows what neither does.
TEST(FindCounterexample, FindsWhatLibseccompCompilesWrongly) {
  const auto policy =
      PolicyOf(AllowMmap("SCMP_CMP_LT", "4096") + "," + AllowMmap("SCMP_CMP_GT", "4294967296"));
  const auto filter = Compile(policy);
  ASSERT_TRUE(filter);
  const auto found = FindCounterexample(filter->program, policy);
  ASSERT_TRUE(found);
  if (!*found) GTEST_SKIP() << "this libseccomp compiles it rightly";
  const Counterexample& example = **found;
  EXPECT_EQ(example.call.number, 9U);
  EXPECT_EQ(policy::Decide(policy, example.call).verdict, example.expected);
  EXPECT_EQ(kernel::FromRet(Interpret(filter->program, example.call)->ret), example.got);
  EXPECT_NE(example.expected, example.got);
  const auto refused = CompileAndProve(policy, Compiler::kLibseccomp);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("mmap(0x0, 0x1000, "), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(CompileAndProve(policy));
}

// Every instruction of a proved filter changed in every way that a bit of bad luck might: the
// prover finds each change that matters, with a call that shows it.
TEST(FindCounterexample, FindsMutants) {
  const auto policy = PolicyOf(kRules);
  const auto filter = Compile(policy);
  ASSERT_TRUE(filter);
  std::size_t found_mutants = 0;
  for (std::size_t i = 0; i < filter->program.size(); ++i) {
    for (int kind = 0; kind < 4; ++kind) {
      auto mutant = filter->program;
      sock_filter& instruction = mutant[i];
      switch (kind) {
        case 0:
          std::swap(instruction.jt, instruction.jf);
          break;
        case 1:
          instruction.k ^= 1U;
          break;
        case 2:
          ++instruction.jf;
          break;
        default:
          instruction.k ^= 0x00010000U;
          break;
      }
      const auto found = FindCounterexample(mutant, policy);
      if (!found || !*found) continue;
      ++found_mutants;
      const Counterexample& example = **found;
      ASSERT_EQ(policy::Decide(policy, example.call).verdict, example.expected) << i << " " << kind;
      ASSERT_EQ(kernel::FromRet(Interpret(mutant, example.call)->ret), example.got);
    }
  }
  EXPECT_GT(found_mutants, filter->program.size());
}

TEST(FindCounterexample, SeesTheForeignArchitectures) {
  const auto policy = PolicyOf("");
  const std::vector<sock_filter> allow_nothing = {{BPF_RET | BPF_K, 0, 0, 0x00050001}};
  const auto found = FindCounterexample(allow_nothing, policy);
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->expected.action, kernel::Action::kKillThread);
}

}  // namespace
}  // namespace schema::filter
