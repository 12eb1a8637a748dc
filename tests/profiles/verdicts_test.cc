// The verdict tables against what the profiles mean (policy::Decide) and what they compile to
// (filter::Interpret); whether the tables try every rule; whether the linter is content.
// kernel_test.cc has the third side, the kernel.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/text.h"
#include "schema/filter/compile.h"
#include "schema/filter/interpret.h"
#include "schema/filter/library.h"
#include "schema/kernel/syscall.h"
#include "tests/profiles/shipped_profile.h"

namespace profiles {
namespace {

namespace kernel = schema::kernel;
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

TEST_P(ShippedTest, TableTriesBothSidesOfEveryRule) {
  lint::verdicts::TableRun run(shipped_.profile());
  for (const Expectation& line : shipped_.table()) {
    const auto result = run.Try(line);
    ASSERT_TRUE(result) << shipped_.Where(line) << ": " << result.error().message;
    EXPECT_TRUE(result->holds) << shipped_.Where(line);
  }
  EXPECT_EQ(run.NeverDecide(), std::vector<std::size_t>()) << "rules that decide no line";
  EXPECT_EQ(run.NeverPass(), std::vector<std::size_t>()) << "rules that apply in every line";
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
  EXPECT_EQ(ShippedNames(), (std::vector<std::string>{"agent", "audit", "default", "strict"}));
}

}  // namespace
}  // namespace profiles
