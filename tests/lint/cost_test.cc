// `seccomp-lint cost`, as a person or a script meets it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kReads = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}
  ]
})";

class CostTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("p.json", kReads);
  }

  // `seccomp-lint cost COMMAND_LINE` within the test's directory.
  Outcome Cost(const std::string& command_line) { return Run("cost " + command_line); }
};

TEST_F(CostTest, InJson) {
  const Outcome outcome = Cost("p.json --format json --target arch=x86_64,kernel=6.18");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = boost::json::parse(outcome.out);
  EXPECT_EQ(json.at("profile").as_string(), "p.json");
  const auto& programs = json.at("programs").as_array();
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs[0].at("compiler").as_string(), "direct");
  EXPECT_EQ(programs[1].at("compiler").as_string(), "libseccomp");
  for (const auto& program : programs) {
    EXPECT_TRUE(program.at("proved").as_bool());
    EXPECT_GT(program.at("instructions").to_number<int>(), 5);
    EXPECT_GT(program.at("executed_at_load").to_number<int>(), 470 + 3 * 470);
    const auto& architectures = program.at("architectures").as_array();
    ASSERT_EQ(architectures.size(), 1U);
    const auto& x86_64 = architectures[0];
    EXPECT_EQ(x86_64.at("arch").as_string(), "x86_64");
    EXPECT_EQ(x86_64.at("numbers").to_number<int>(), 470);
    EXPECT_GT(x86_64.at("mean").to_number<double>(), 4);
    EXPECT_LE(x86_64.at("mean").to_number<double>(), x86_64.at("max").to_number<double>());
    EXPECT_GE(x86_64.at("longest").to_number<int>(), x86_64.at("max").to_number<int>());
    EXPECT_EQ(x86_64.at("always_allowed").to_number<int>(), 2);
    EXPECT_TRUE(x86_64.at("cached").as_bool());
    const auto& most = x86_64.at("most").as_array();
    ASSERT_EQ(most.size(), 5U);
    EXPECT_EQ(most[0].at("executed"), x86_64.at("max"));
    const auto& checked = x86_64.at("checked").as_array();
    ASSERT_EQ(checked.size(), 1U);
    EXPECT_EQ(checked[0].at("syscall").as_string(), "personality");
    EXPECT_EQ(checked[0].at("nr").to_number<int>(), 135);
  }
  const auto one = boost::json::parse(
      Cost("p.json --format json --compiler direct --target arch=x86_64,kernel=5.10").out);
  ASSERT_EQ(one.at("programs").as_array().size(), 1U);
  EXPECT_TRUE(one.at("programs").at(0).at("executed_at_load").is_null());
  EXPECT_FALSE(one.at("programs").at(0).at("architectures").at(0).at("cached").as_bool());
  const auto horizon = boost::json::parse(
      Cost("p.json --format json --compiler direct --horizon --target arch=x86_64,kernel=5.10")
          .out);
  EXPECT_NE(horizon, one);
}

TEST_F(CostTest, InText) {
  const Outcome outcome = Cost("p.json --target arch=x86_64,kernel=5.10");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("p.json on arch=x86_64,kernel=5.10,")) << outcome.out;
  for (const char* part :
       {"      direct  libseccomp\ninstructions, of at most 4096 ",
        "\nexecuted by the kernel to load it                     none        none\n",
        "\nx86_64, 441 numbers, of which the kernel caches none\n",
        "\n  allowed without a look at arguments                    2           2\n",
        "\n  direct, the most with arguments 0: ",
        "\n  libseccomp, allowed by arguments, at most: personality "}) {
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  }
}

// libseccomp before 2.6.1 gives lseek(fd, 0x2000) errno 99.
TEST_F(CostTest, SaysWhatIsNotProved) {
  Write("q.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
      {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
       "args": [{"index": 1, "value": 4096, "op": "SCMP_CMP_LT"}]},
      {"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99,
       "args": [{"index": 1, "value": 4294967296, "op": "SCMP_CMP_GT"}]}]})");
  if (Cost("q.json --compiler libseccomp --target arch=x86_64").exit_code == 0) {
    GTEST_SKIP() << "this libseccomp compiles it right";
  }
  const Outcome outcome = Cost("q.json --target arch=x86_64");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("  not proved\n"), std::string::npos) << outcome.out;
  EXPECT_NE(
      outcome.out.find("\nlibseccomp, not proved: libseccomp compiles this profile wrongly: "),
      std::string::npos)
      << outcome.out;
  const auto json = boost::json::parse(Cost("q.json --format json --target arch=x86_64").out);
  EXPECT_FALSE(json.at("programs").at(1).at("proved").as_bool());
  EXPECT_TRUE(json.at("programs").at(1).at("error").as_string().starts_with("libseccomp compiles"));
}

TEST_F(CostTest, WhatCannotBeCompiledIsOneAndUsageErrorsAreTwo) {
  Write("ambiguous.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["read"], "action": "SCMP_ACT_LOG"}]})");
  const Outcome ambiguous = Cost("ambiguous.json");
  EXPECT_EQ(ambiguous.exit_code, 1);
  EXPECT_EQ(ambiguous.out, "");
  EXPECT_NE(ambiguous.err.find("ambiguous.json: "), std::string::npos) << ambiguous.err;
  for (const char* arguments : {"", "p.json p.json", "p.json --format xml", "nowhere.json",
                                "p.json --compiler gcc", "p.json --target arch=vax"}) {
    const Outcome outcome = Cost(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
  }
}

}  // namespace
