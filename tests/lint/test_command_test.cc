// `seccomp-lint test`, as a person or a script meets it.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_LT"}]}
  ]
})";

constexpr const char* kHolds =
    "target arch=x86_64,kernel=6.1\n"
    "read(...) -> allow  # every descriptor\n"
    "socket(2) -> allow\n"
    "socket(40, ...) -> errno 1\n";

class TestCommand : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("p.json", kProfile);
  }
};

TEST_F(TestCommand, TablesThatHold) {
  Write("p.verdicts", kHolds);
  for (const char* operand : {"p.json", "p.verdicts", ".", "p.json --coverage",
                              "p.json --table p.verdicts", "--horizon p.json"}) {
    const Outcome outcome = Run("test " + std::string(operand));
    EXPECT_EQ(outcome.exit_code, 0) << operand << outcome.err;
    EXPECT_EQ(outcome.out, "1 table, 3 lines: all hold\n") << operand;
  }
}

TEST_F(TestCommand, ALineThatDoesNotHoldIsExplained) {
  Write("p.verdicts", "x86_64 kernel=6.1 socket(*, 1) -> allow\nx86_64 write -> LOG\n");
  const Outcome outcome = Run("test --target kernel=6.1,libseccomp=2.5.4 p.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out,
            "p.verdicts:1:35: error: socket(0x28, 0x1) on x86_64 gets SCMP_ACT_ERRNO(EPERM), not "
            "SCMP_ACT_ALLOW\n"
            "    1 | x86_64 kernel=6.1 socket(*, 1) -> allow\n"
            "      |                                   ^~~~~\n"
            "  because of the default: no rule applies\n"
            "  target: arch=x86_64,kernel=6.1,libseccomp=2.5.4,caps=docker,engine=isolator\n"
            "p.verdicts:2:17: error: write() on x86_64 gets SCMP_ACT_ALLOW, not SCMP_ACT_LOG\n"
            "    2 | x86_64 write -> LOG\n"
            "      |                 ^~~\n"
            "  because of p.json:4:5, rule 0: SCMP_ACT_ALLOW\n"
            "  target: arch=x86_64,kernel=6.1,libseccomp=2.5.4,caps=docker,engine=isolator\n"
            "1 table, 2 lines: 2 of them do not hold\n");
}

TEST_F(TestCommand, AnAbiThatIsNotIncludedIsTheReason) {
  Write("p.verdicts", "target arch=x86_64,kernel=6.1\nx32 host=x86_64 read -> ALLOW\n");
  const Outcome outcome = Run("test p.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(
      outcome.out.find("\n  because of the ABI of the call: the profile does not include it\n"),
      std::string::npos)
      << outcome.out;
}

TEST_F(TestCommand, CoverageNamesWhatNoLineTries) {
  Write("p.verdicts", "x86_64 socket -> ALLOW\n");
  EXPECT_EQ(Run("test p.json").exit_code, 0);
  const Outcome outcome = Run("test --coverage p.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out,
            "p.json:4:5: untried: rule 0 (read, ...) decides no line\n"
            "p.json:5:5: untried: rule 1 (socket) has no line in which its condition fails\n"
            "1 table, 1 line: all hold, 2 gaps\n");
}

TEST_F(TestCommand, ForPrograms) {
  Write("p.verdicts", "x86_64 socket(40) -> ALLOW\nx86_64 read -> ALLOW\n");
  const auto json = boost::json::parse(Run("test --coverage --format json p.json").out);
  EXPECT_EQ(json.at("version").to_number<int>(), 1);
  EXPECT_EQ(json.at("summary").at("lines").to_number<int>(), 2);
  EXPECT_EQ(json.at("summary").at("failed").to_number<int>(), 1);
  const auto& failure = json.at("failures").at(0);
  EXPECT_EQ(failure.at("file").as_string(), "p.verdicts");
  EXPECT_EQ(failure.at("line").to_number<int>(), 1);
  EXPECT_EQ(failure.at("column").to_number<int>(), 22);
  EXPECT_EQ(failure.at("expected").at("action").as_string(), "SCMP_ACT_ALLOW");
  EXPECT_EQ(failure.at("got").at("errno").to_number<int>(), 1);
  EXPECT_EQ(json.at("untried").as_array().size(), 1U);
  const Outcome junit = Run("test --format junit --output out.xml p.json");
  EXPECT_EQ(junit.exit_code, 1);
  EXPECT_EQ(junit.out, "");
  const std::string xml = Text("out.xml");
  EXPECT_NE(xml.find("<testsuite name=\"p.verdicts\" tests=\"2\" failures=\"1\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("socket(40) -&gt; ALLOW"), std::string::npos) << xml;
}

// A line is tried on every target, and said once.
TEST_F(TestCommand, ForSeveralTargets) {
  Write("p.verdicts", "read -> ALLOW\nsocket(50) -> ALLOW\n");
  const Outcome outcome = Run("test --target arch=amd64+arm64,kernel=5.10..6.1 p.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("1 table, 2 lines: 1 of them does not hold\n"), std::string::npos)
      << outcome.out;
}

TEST_F(TestCommand, AFolderIsTriedWhole) {
  Write("a/x.json", kProfile);
  Write("a/x.verdicts", kHolds);
  Write("a/b/y.json", kProfile);
  Write("a/b/y.verdicts", "x86_64 read -> LOG\n");
  const Outcome outcome = Run("test a");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.out.ends_with("2 tables, 4 lines: 1 of them does not hold\n")) << outcome.out;
}

TEST_F(TestCommand, WhatCannotBeTriedIsAnError) {
  Write("empty.json", kProfile);
  Write("empty.verdicts", "# nothing\n");
  Write("wrong.json", kProfile);
  Write("wrong.verdicts", "x86_64 raed -> ALLOW\n");
  Write("alone.verdicts", "x86_64 read -> ALLOW\n");
  fs::create_directories(directory_ / "none");
  const std::pair<const char*, const char*> cases[] = {
      {"", "no PATH given"},
      {"p.json", "p.verdicts"},
      {"none", "no *.verdicts in none"},
      {"gone", "gone"},
      {"alone.verdicts", "alone.json"},
      {"empty.json", "no line to try"},
      {"wrong.json", "wrong.verdicts:1:8: x86_64 has no system call \"raed\""},
      {"p.json --format xml", "--format takes text, json or junit"},
      {"p.json empty.json --table wrong.verdicts", "--table is for one PROFILE"},
      {"p.json --table wrong.verdicts", "wrong.verdicts:1:8"},
  };
  for (const auto& [operands, message] : cases) {
    const Outcome outcome = Run("test " + std::string(operands));
    EXPECT_EQ(outcome.exit_code, 2) << operands << outcome.out;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << operands << ": " << outcome.err;
  }
}

TEST_F(TestCommand, AnInvalidProfileFails) {
  Write("bad.json", kBad);
  Write("bad.verdicts", "x86_64 read -> ALLOW\n");
  const Outcome outcome = Run("test bad.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("\"SCMP_ACT_DENY\" is no action"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.out, "1 table, 0 lines: nothing tried, 1 table not tried\n");
  Write("p.verdicts", kHolds);
  EXPECT_EQ(Run("test .").out, "2 tables, 3 lines: all hold, 1 table not tried\n");
  const std::string xml = Run("test bad.json --format junit").out;
  EXPECT_NE(xml.find("errors=\"1\""), std::string::npos) << xml;
  const auto json = boost::json::parse(Run("test bad.json --format json").out);
  EXPECT_EQ(json.at("problems").as_array().size(), 1U);
}

// What is cut off would hold in silence.
TEST_F(TestCommand, ALongTableIsReadToItsEnd) {
  const std::string line = "x86_64 read -> ALLOW  # " + std::string(1000, 'x') + "\n";
  std::string table;
  while (table.size() < std::size_t{2} << 20U) table += line;
  Write("p.verdicts", table + "x86_64 mount -> ALLOW\n");
  const Outcome outcome = Run("test p.json");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_NE(outcome.out.find(" lines: 1 of them does not hold\n"), std::string::npos)
      << outcome.out;

  Write("p.verdicts", table.append(std::size_t{16} << 20U, '\n'));
  const Outcome too_long = Run("test p.json");
  EXPECT_EQ(too_long.exit_code, 2);
  EXPECT_EQ(too_long.err,
            "seccomp-lint: p.verdicts: the file has more than 16777216 bytes (16 MiB)\n");
}

TEST_F(TestCommand, WhatLiesBesideIsNoFifo) {
  Write("q.verdicts", "x86_64 read -> ALLOW\n");
  ASSERT_EQ(Shell("mkfifo p.verdicts q.json").exit_code, 0);
  for (const char* operand : {"p.json", "q.verdicts", "."}) {
    EXPECT_EQ(Run("test " + std::string(operand)).exit_code, 2) << operand;
  }
  EXPECT_EQ(Run("test p.json").err, "seccomp-lint: p.verdicts is not a regular file\n");
  const Outcome named = Shell("cat q.verdicts | " SECCOMP_LINT " test p.json --table /dev/stdin");
  EXPECT_EQ(named.out, "1 table, 1 line: all hold\n") << named.err;
}

TEST_F(TestCommand, ContradictingRulesAreNoVerdict) {
  Write("both.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["read"], "action": "SCMP_ACT_LOG"}]})");
  Write("both.verdicts", "x86_64 read -> ALLOW\n");
  const Outcome outcome = Run("test both.json");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
}

}  // namespace
