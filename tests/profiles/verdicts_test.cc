// The verdict tables against what the profiles mean (policy::Decide) and what they compile to
// (filter::Interpret); whether the tables try every rule; whether the linter is content.
// kernel_test.cc has the third side, the kernel.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/text.h"
#include "schema/filter/compile.h"
#include "schema/filter/interpret.h"
#include "schema/filter/library.h"
#include "schema/kernel/syscall.h"
#include "tests/profiles/shipped_profile.h"
#include "tests/profiles/verdict_table.h"

namespace profiles {
namespace {

namespace kernel = schema::kernel;
using schema::policy::Clause;
using schema::policy::Decision;

class ShippedTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto shipped = ShippedProfile::Load(GetParam());
    ASSERT_TRUE(shipped) << shipped.error().message;
    shipped_ = std::move(*shipped);
  }

  // What a line of the table is decided on.
  const Compiled* For(const Expectation& expectation) {
    const auto compiled = shipped_.For(shipped_.TargetOf(expectation));
    if (compiled) return *compiled;
    ADD_FAILURE() << shipped_.Where(expectation) << ": " << compiled.error().message;
    return nullptr;
  }

  ShippedProfile shipped_;
};

TEST_P(ShippedTest, PolicyAgreesWithTheTable) {
  for (const Expectation& line : shipped_.table()) {
    const Compiled* compiled = For(line);
    if (compiled == nullptr) continue;
    const Decision decision = Decide(compiled->policy, line.AsCall());
    EXPECT_FALSE(decision.ambiguous) << shipped_.Where(line);
    EXPECT_EQ(kernel::ToString(decision.verdict), kernel::ToString(line.verdict))
        << shipped_.Where(line);
  }
}

TEST_P(ShippedTest, FilterAgreesWithTheTable) {
  for (const Expectation& line : shipped_.table()) {
    const Compiled* compiled = For(line);
    if (compiled == nullptr) continue;
    const auto execution = schema::filter::Interpret(compiled->filter.program, line.AsCall());
    ASSERT_TRUE(execution) << shipped_.Where(line) << ": " << execution.error().message;
    EXPECT_EQ(kernel::ToString(kernel::FromRet(execution->ret)), kernel::ToString(line.verdict))
        << shipped_.Where(line);
  }
}

// Whether a rule depends on more than the call's name.
bool IsConditional(const schema::profile::Rule& rule) {
  return !rule.args.empty() || rule.includes || rule.excludes;
}

TEST_P(ShippedTest, TableTriesBothSidesOfEveryRule) {
  std::set<std::size_t> decides;  // rules, by their index
  std::set<std::size_t> passes;   // rules whose call a line makes without the rule matching
  for (const Expectation& line : shipped_.table()) {
    const Compiled* compiled = For(line);
    if (compiled == nullptr) continue;
    std::set<std::size_t> because;
    const Decision decision = Decide(compiled->policy, line.AsCall());
    for (const Clause* clause : decision.because) because.insert(clause->rule);
    decides.insert(because.begin(), because.end());
    for (std::size_t i = 0; i < shipped_.profile().syscalls.size(); ++i) {
      const auto names = shipped_.profile().syscalls[i].AllNames();
      const bool named =
          std::ranges::any_of(names, [&](const auto& name) { return name.value == line.name; });
      if (named && !because.contains(i)) passes.insert(i);
    }
  }
  for (std::size_t i = 0; i < shipped_.profile().syscalls.size(); ++i) {
    const auto& rule = shipped_.profile().syscalls[i];
    const auto names = rule.AllNames();
    const std::string where = "rule " + std::to_string(i) + " (" + names.front().value + ", ...)";
    EXPECT_TRUE(decides.contains(i)) << where << " decides no line of the table";
    // A call that only the includes' architectures have cannot be made elsewhere.
    const bool by_architecture =
        rule.args.empty() &&
        (!rule.includes || (rule.includes->caps.empty() && !rule.includes->min_kernel)) &&
        (!rule.excludes || (rule.excludes->caps.empty() && !rule.excludes->min_kernel));
    if (IsConditional(rule) && !by_architecture) {
      EXPECT_TRUE(passes.contains(i)) << where << " has no line in which it does not apply";
    }
  }
}

// Every 64-bit machine that containers run on and that every libseccomp since 2.5 knows.
TEST_P(ShippedTest, LinterFindsNoFault) {
  lint::engine::Options options;
  for (const char* architecture : {"x86_64", "aarch64", "riscv64", "ppc64le", "s390x", "mips64",
                                   "mipsel64", "mips64n32", "mipsel64n32"}) {
    for (const char* capabilities : {"docker", "none", "all"}) {
      kernel::Target defaults;
      defaults.kernel = {6, 18};
      defaults.libseccomp = schema::filter::Library();
      const auto target = kernel::ParseTarget(
          std::string("arch=") + architecture + ",caps=" + capabilities, defaults);
      ASSERT_TRUE(target) << target.error().message;
      options.targets.push_back(*target);
    }
  }
  const auto report =
      lint::engine::Check("profiles/" + GetParam() + ".json", shipped_.text(), options);
  // Infos say what is without effect on some machine, which is so in any list for several.
  EXPECT_EQ(lint::engine::Count(report, lint::rules::Severity::kError) +
                lint::engine::Count(report, lint::rules::Severity::kWarning),
            0U)
      << lint::report::Text(report, options.targets, {});
}

INSTANTIATE_TEST_SUITE_P(Profiles, ShippedTest, testing::ValuesIn(ShippedNames()),
                         [](const auto& name) { return name.param; });

TEST(Shipped, AreThere) {
  EXPECT_EQ(ShippedNames(), (std::vector<std::string>{"audit", "default", "strict"}));
}

std::string ErrorOf(const std::string& text) {
  const auto table = ParseTable("t", text);
  return table ? "" : table.error().message;
}

TEST(ParseTable, ReadsEveryPartOfALine) {
  const auto table = ParseTable("t",
                                "# a comment\n\n"
                                "x86_64 caps=+CAP_SYS_ADMIN kernel=4.7 clone(0x10000000, 2)  ->  "
                                "ERRNO(EPERM) # why\n"
                                "x32 host=x86 caps=none 0x40000000 -> TRACE(7)\n");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->size(), 2U);
  const Expectation& clone = table->at(0);
  EXPECT_EQ(clone.line, 3U);
  EXPECT_EQ(clone.name, "clone");
  EXPECT_EQ(clone.number, 56U);  // asm/unistd_64.h
  EXPECT_EQ(clone.arguments, (schema::policy::Arguments{0x10000000, 2}));
  EXPECT_EQ(clone.kernel, (kernel::KernelVersion{4, 7}));
  auto capabilities = kernel::CapabilitySet::Docker();
  capabilities.Add(*kernel::ParseCapability("CAP_SYS_ADMIN"));
  EXPECT_EQ(clone.capabilities, capabilities);
  EXPECT_EQ(clone.verdict, (kernel::Verdict{kernel::Action::kErrno, 1}));
  const Expectation& read = table->at(1);
  EXPECT_EQ(read.host, kernel::Architecture::kX86);
  EXPECT_EQ(read.capabilities, kernel::CapabilitySet());
  EXPECT_EQ(read.number, kernel::kX32Bit);
  EXPECT_EQ(read.verdict, (kernel::Verdict{kernel::Action::kTrace, 7}));
}

TEST(ParseTable, ErrorsNameLineAndColumn) {
  EXPECT_EQ(ErrorOf("\nvax read -> ALLOW"), "t:2:1: \"vax\" is no architecture");
  EXPECT_EQ(ErrorOf("x86_64 host=vax read -> ALLOW"), "t:1:8: \"vax\" is no architecture");
  EXPECT_EQ(ErrorOf("x86_64 cap=none read -> ALLOW"),
            "t:1:8: \"cap\" is no option: host, caps, kernel");
  EXPECT_NE(ErrorOf("x86_64 caps=CAP_X read -> ALLOW").find("t:1:8: "), std::string::npos);
  EXPECT_NE(ErrorOf("x86_64 kernel=x read -> ALLOW").find("t:1:8: "), std::string::npos);
  EXPECT_NE(ErrorOf("x86_64 raed -> ALLOW").find("t:1:8: x86_64 has no system call \"raed\""),
            std::string::npos);
  EXPECT_EQ(ErrorOf("x86_64 read(x) -> ALLOW"), "t:1:13: \"x\" is no argument: a number");
  EXPECT_EQ(ErrorOf("x86_64 read(1,) -> ALLOW"), "t:1:15: \"\" is no argument: a number");
  EXPECT_EQ(ErrorOf("x86_64 read(1 -> ALLOW"), "t:1:15: expected \")\" or \",\"");
  EXPECT_EQ(ErrorOf("x86_64 read(1,2,3,4,5,6,7) -> ALLOW"),
            "t:1:25: a system call has 6 arguments");
  EXPECT_EQ(ErrorOf("x86_64 read ALLOW"), "t:1:13: expected \"->\"");
  EXPECT_EQ(ErrorOf("x86_64"), "t:1:7: x86_64 has no system call \"\"");
  EXPECT_EQ(ErrorOf("x86_64 read -> ALOW"), "t:1:16: \"ALOW\" is no verdict");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO"), "t:1:21: ERRNO needs its number: ERRNO(EPERM)");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(EPREM)"), "t:1:22: \"EPREM\" is no errno");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(4096)"), "t:1:22: \"4096\" is no errno");
  EXPECT_EQ(ErrorOf("x86_64 read -> ERRNO(1"), "t:1:23: expected \")\"");
  EXPECT_EQ(ErrorOf("x86_64 read -> ALLOW()"), "t:1:21: expected the end of the line");
}

}  // namespace
}  // namespace profiles
