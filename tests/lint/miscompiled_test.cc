// What libseccomp compiles wrongly is found (SL509), and what nobody can prove.

#include "tests/lint/miscompiled.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "lint/engine/engine.h"
#include "schema/filter/bounded_compile.h"
#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/policy/difference.h"

namespace lint::testing {
namespace {

namespace filter = schema::filter;

std::optional<engine::Report> NotProved(const std::string& text, const std::string& engine_name) {
  engine::Options options{{MiscompiledTarget(engine_name)}, {}};
  EXPECT_TRUE(options.selection.Select("SL509"));
  auto reports = engine::Check("profile.json", text, options).reports;
  EXPECT_LE(reports.size(), 1U);
  if (reports.empty()) return std::nullopt;
  return std::move(reports.front());
}

class MiscompiledTest : public ::testing::Test {
 protected:
  void SetUp() override {
    all_ = AllMiscompiled();
    if (all_.empty()) GTEST_SKIP() << "this libseccomp is not 2.5.4";
    EXPECT_EQ(all_.size(), 10U);
  }

  std::vector<Miscompiled> all_;
};

TEST_F(MiscompiledTest, IsFoundWithItsWitness) {
  for (const Miscompiled& profile : all_) {
    if (profile.Is("endless")) continue;
    const auto policy = MeaningOf(profile.text);
    const auto compiled = filter::CompileBounded(policy);
    ASSERT_TRUE(compiled) << profile.name << ": " << compiled.error().message;
    const auto found = filter::FindCounterexample(compiled->program, policy);
    ASSERT_TRUE(found && *found) << profile.name;
    const filter::Counterexample& witness = **found;

    // The witness is no claim of the prover's alone.
    EXPECT_EQ(schema::policy::Decide(policy, witness.call).verdict, witness.expected);
    const auto ran = filter::Interpret(compiled->program, witness.call);
    ASSERT_TRUE(ran);
    EXPECT_EQ(schema::kernel::FromRet(ran->ret), witness.got);
    EXPECT_NE(witness.got, witness.expected);
    const bool passes = witness.got.action == schema::kernel::Action::kAllow;
    EXPECT_TRUE(profile.Is(passes ? "weaker" : "stricter")) << profile.name;

    const auto report = NotProved(profile.text, "docker");
    ASSERT_TRUE(report) << profile.name;
    EXPECT_EQ(report->severity, rules::Severity::kError);
    EXPECT_NE(
        report->message.find(filter::ToString(witness.call) + " gets " + ToString(witness.got) +
                             " instead of " + ToString(witness.expected)),
        std::string::npos)
        << profile.name << ": " << report->message;
  }
}

TEST_F(MiscompiledTest, EndlessOnesAreFoundInBoundedTime) {
  for (const Miscompiled& profile : all_) {
    if (!profile.Is("endless")) continue;
    const auto compiled =
        filter::CompileBounded(MeaningOf(profile.text), {.cpu_seconds = 1, .wall_seconds = 20});
    ASSERT_FALSE(compiled) << profile.name;
    EXPECT_EQ(compiled.error().code, schema::ErrorCode::kLimit) << profile.name;
    const auto report = NotProved(profile.text, "docker");
    ASSERT_TRUE(report) << profile.name;
    EXPECT_EQ(report->severity, rules::Severity::kError);
    EXPECT_NE(report->message.find("libseccomp does not compile the rules within"),
              std::string::npos)
        << report->message;
  }
}

TEST_F(MiscompiledTest, TwinsMeanTheSameAndAreProved) {
  for (const Miscompiled& profile : all_) {
    const auto good = MeaningOf(profile.good_text);
    const auto differences = schema::policy::FindDifferences(MeaningOf(profile.text), good);
    ASSERT_TRUE(differences) << profile.name << ": " << differences.error().message;
    EXPECT_TRUE(differences->empty()) << profile.name;
    const auto compiled = filter::CompileBounded(good);
    ASSERT_TRUE(compiled) << profile.name << ": " << compiled.error().message;
    const auto found = filter::FindCounterexample(compiled->program, good);
    ASSERT_TRUE(found) << profile.name << ": " << found.error().message;
    EXPECT_FALSE(*found) << profile.name;
    EXPECT_FALSE(NotProved(profile.good_text, "docker")) << profile.name;
  }
}

// The isolator refuses what the linter calls an error for it, or what it cannot compile and prove:
// one without the other would be a surprise at launch.
TEST_F(MiscompiledTest, LinterAndIsolatorAgree) {
  for (const Miscompiled& profile : all_) {
    EXPECT_EQ(!NotProved(profile.text, "isolator"),
              filter::CompileAndProve(MeaningOf(profile.text)).has_value())
        << profile.name;
  }
}

// Rules of which each may fail by either of two conditions: a filter has 2^rules paths.
std::string ManyPaths(unsigned rules) {
  std::string text;
  for (unsigned i = 0; i < rules; ++i) {
    const std::string bit = std::to_string(1U << i);
    const std::string masked =
        R"("op": "SCMP_CMP_MASKED_EQ", "value": )" + bit + R"(, "valueTwo": )" + bit + "}";
    text += std::string(i == 0 ? "" : ",") +
            R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, )" + masked +
            R"(, {"index": 1, )" + masked + "]}";
  }
  return R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + text + "]}";
}

TEST(NotProvedWithinTheBound, IsFound) {
  const std::string text = ManyPaths(20);
  for (const char* engine : {"docker", "isolator"}) {
    const auto report = NotProved(text, engine);
    ASSERT_TRUE(report) << engine;
    EXPECT_TRUE(report->message.starts_with(
        "no proof within the bound that the filter of the rules on ioctl does what they say: "))
        << report->message;
    EXPECT_NE(report->help.find("fewer conditions"), std::string::npos) << report->help;
    // Docker loads it; the isolator does not.
    const bool refused = engine == std::string("isolator");
    EXPECT_EQ(report->severity, refused ? rules::Severity::kError : rules::Severity::kWarning);
  }
}

TEST(NotProvedWithinTheBound, IsNoGuess) {
  const std::string text = ManyPaths(9);
  for (const char* engine : {"docker", "isolator"}) EXPECT_FALSE(NotProved(text, engine)) << engine;
  EXPECT_TRUE(filter::CompileAndProve(MeaningOf(text)));
}

// Each call can be proved, all of them in one filter cannot.
TEST(NotProvedWithinTheBound, IsFoundOfManyCallsTogether) {
  const std::string one = ManyPaths(14);
  const auto first = one.find('[') + 1;
  const std::string rules = one.substr(first, one.rfind(']') - first);
  std::string all = rules;
  for (const char* name : {"fcntl", "prctl", "kill", "madvise"}) {
    std::string more = rules;
    for (auto at = more.find("ioctl"); at != std::string::npos; at = more.find("ioctl", at)) {
      more.replace(at, 5, name);
    }
    all += "," + more;
  }
  const std::string text = one.substr(0, first) + all + "]}";
  const auto report = NotProved(text, "isolator");
  ASSERT_TRUE(report);
  EXPECT_NE(report->message.find("all rules together"), std::string::npos) << report->message;
}

}  // namespace
}  // namespace lint::testing
