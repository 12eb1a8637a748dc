// `seccomp-lint prove`, as a person or a script meets it.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
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

class ProveTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    Write("p.json", kReads);
  }

  // Runs `seccomp-lint COMMAND_LINE` for x86_64 within the test's directory.
  Outcome Run(const std::string& command_line) {
    return CliTest::Run(command_line + " --target arch=x86_64,kernel=6.1");
  }
};

TEST_F(ProveTest, ProvesWhatCompileMakes) {
  const Outcome own = Run("prove p.json");
  EXPECT_EQ(own.exit_code, 0) << own.err;
  EXPECT_TRUE(own.out.starts_with("proved: its filter does what p.json says on arch=x86_64,"))
      << own.out;
  EXPECT_NE(own.out.find(" instructions by compiler direct)\n"), std::string::npos) << own.out;
  const Outcome theirs = Run("prove p.json --compiler libseccomp --format json");
  EXPECT_EQ(theirs.exit_code, 0) << theirs.err;
  EXPECT_EQ(boost::json::parse(theirs.out).at("compiler").as_string(), "libseccomp");
  EXPECT_EQ(Run("prove p.json --compiler gcc").exit_code, 2);
  ASSERT_EQ(Run("compile p.json -o p.bpf").exit_code, 0);
  const Outcome file = Run("prove p.json --bpf p.bpf");
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_TRUE(file.out.starts_with("proved: p.bpf does what p.json says on")) << file.out;
  EXPECT_NE(file.out.find(" instructions)\n"), std::string::npos);
  const Outcome json = Run("prove p.json --bpf - --format json <p.bpf");
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_TRUE(boost::json::parse(json.out).at("proved").as_bool());
  EXPECT_EQ(Run("prove p.json --horizon").exit_code, 0);
}

TEST_F(ProveTest, ShowsACallOnWhichTheyDiffer) {
  Write("q.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read", "write", "personality"], "action": "SCMP_ACT_ALLOW"}]})");
  ASSERT_EQ(Run("compile q.json -o q.bpf").exit_code, 0);
  const Outcome text = Run("prove p.json --bpf q.bpf");
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_EQ(text.out,
            "not proved: personality(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) on x86_64 gets SCMP_ACT_ALLOW, "
            "the profile says SCMP_ACT_ERRNO(EPERM)\n"
            "  because of the default: no rule applies\n");
  const Outcome json = Run("prove p.json --bpf q.bpf --format json");
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(boost::json::parse(json.out), boost::json::parse(R"({
      "arch": "x86_64", "nr": 135, "syscall": "personality", "args": [0, 0, 0, 0, 0, 0],
      "expected": {"action": "SCMP_ACT_ERRNO", "errno": 1},
      "got": {"action": "SCMP_ACT_ALLOW", "errno": null}})"));
  // The horizon is a difference too.
  EXPECT_EQ(Run("compile p.json -o p.bpf").exit_code, 0);
  EXPECT_EQ(Run("prove p.json --bpf p.bpf --horizon").exit_code, 1);
  // The rule that is not followed.
  Write("r.json", R"({"defaultAction": "SCMP_ACT_ERRNO"})");
  ASSERT_EQ(Run("compile r.json -o r.bpf").exit_code, 0);
  EXPECT_NE(Run("prove p.json --bpf r.bpf").out.find("  because of p.json:4:5, rule 0: SCMP_ACT_"),
            std::string::npos);
}

TEST_F(ProveTest, SaysWhatIsWrongWithTheFile) {
  Write("empty.bpf", "");
  Write("odd.bpf", std::string(12, '\0'));
  Write("long.bpf", std::string(8 * 4097, '\0'));
  Write("jump.bpf", std::string("\x05\0\0\0\x09\0\0\0\x06\0\0\0\0\0\0\0", 16));
  Write("open.bpf", std::string("\0\0\0\0\0\0\0\0", 8));
  struct Wrong {
    const char* file;
    const char* message;
  };
  for (const Wrong& wrong : std::array{
           Wrong{"empty.bpf", "the program is empty"},
           Wrong{"odd.bpf", "12 bytes, which is no multiple of the 8"},
           Wrong{"long.bpf", "more than 4096 instructions"},
           Wrong{"jump.bpf", "instruction 0: jumps out of the program"},
           Wrong{"open.bpf", "instruction 0: the program does not end with a return"},
           Wrong{"nowhere.bpf", "nowhere.bpf: cannot read it"}, Wrong{".", ".: cannot read it"}}) {
    const Outcome outcome = Run(std::string("prove p.json --bpf ") + wrong.file);
    EXPECT_EQ(outcome.exit_code, 2) << wrong.file;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(wrong.message), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(Run("prove").exit_code, 2);
  EXPECT_EQ(Run("prove p.json p.json").exit_code, 2);
  EXPECT_EQ(Run("prove p.json --format xml").exit_code, 2);
  EXPECT_EQ(Run("prove nowhere.json").exit_code, 2);
  // A return of the low word of an argument: nothing that anybody would load, and not decided.
  Write("hard.bpf", std::string("\x20\0\0\0\x10\0\0\0\x16\0\0\0\0\0\0\0", 16));
  const Outcome hard = Run("prove p.json --bpf hard.bpf");
  EXPECT_EQ(hard.exit_code, 1);
  EXPECT_NE(hard.err.find("instruction 1: cannot decide"), std::string::npos) << hard.err;
}

}  // namespace
