// seccomp-lint diff: exit codes and output, as the README promises them.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

std::string WithRules(const std::string& rules, const std::string& more = "") {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", )" + more + R"("syscalls": [)" + rules + "]}";
}

constexpr const char* kRead = R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"})";
constexpr const char* kReadAndMount = R"({"names": ["read", "mount"], "action": "SCMP_ACT_ALLOW"})";
constexpr const char* kSocket = R"({"names": ["socket"], "action": "SCMP_ACT_ALLOW"})";
constexpr const char* kSocketBut40 = R"({"names": ["socket"], "action": "SCMP_ACT_ALLOW",
    "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]})";

class DiffTest : public CliTest {
 protected:
  // old.json and new.json.
  void WritePair(const std::string& old_text, const std::string& new_text) {
    Write("old.json", old_text);
    Write("new.json", new_text);
  }

  // Runs `seccomp-lint diff ARGUMENTS` by the shell, within the test's directory.
  Outcome Run(const std::string& arguments) { return CliTest::Run("diff " + arguments); }

  Outcome RunOn(const std::string& target, const std::string& more = "") {
    return Run("old.json new.json --target " + target + " " + more);
  }
};

TEST_F(DiffTest, NothingChanges) {
  WritePair(WithRules(kRead), WithRules(kRead));
  const Outcome outcome = RunOn("arch=x86_64");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "no call's verdict changes\n");
  EXPECT_EQ(RunOn("arch=all", "--format markdown").out,
            "**no call's verdict changes** (`old.json` → `new.json`)\n");
}

TEST_F(DiffTest, NewlyAllowedComesFirst) {
  const std::string architectures = R"("architectures": ["SCMP_ARCH_X86"], )";
  WritePair(WithRules(std::string(kRead) + "," + kSocket, architectures),
            WithRules(std::string(kReadAndMount) + "," + kSocketBut40, architectures));
  const Outcome outcome = RunOn("arch=x86_64");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out,
            "x86_64, x86 mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "x86_64, x86 socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 40, e.g. "
            "socket(0x28)\n"
            "1 call newly allowed, 1 call newly denied\n");
}

TEST_F(DiffTest, FailOnWiderPassesWhatIsNarrower) {
  WritePair(WithRules(kReadAndMount), WithRules(kRead));
  EXPECT_EQ(RunOn("arch=x86_64").exit_code, 1);
  EXPECT_EQ(RunOn("arch=x86_64", "--fail-on any").exit_code, 1);
  const Outcome narrower = RunOn("arch=x86_64", "--fail-on wider");
  EXPECT_EQ(narrower.exit_code, 0);
  EXPECT_NE(narrower.out.find("mount"), std::string::npos) << "said all the same";
  EXPECT_EQ(Run("new.json old.json --target arch=x86_64 --fail-on wider").exit_code, 1);
  // Another errno is a change, but no wider one; KILL to ERRNO is wider.
  WritePair(WithRules(kRead), WithRules(kRead, R"("defaultErrnoRet": 38, )"));
  EXPECT_EQ(RunOn("arch=x86_64", "--fail-on wider").exit_code, 0);
  EXPECT_EQ(RunOn("arch=x86_64").exit_code, 1);
  WritePair(R"({"defaultAction": "SCMP_ACT_KILL"})", R"({"defaultAction": "SCMP_ACT_ERRNO"})");
  const Outcome wider = RunOn("arch=aarch64", "--fail-on wider");
  EXPECT_EQ(wider.exit_code, 1);
  EXPECT_EQ(wider.out,
            "aarch64 every call without a rule: SCMP_ACT_KILL_THREAD -> SCMP_ACT_ERRNO(EPERM), "
            "e.g. io_setup\n"
            "every call without a rule otherwise wider\n");
}

TEST_F(DiffTest, AnArchitectureThatIsNotIncludedAnyMore) {
  WritePair(WithRules(kRead, R"("architectures": ["SCMP_ARCH_X86"], )"), WithRules(kRead));
  EXPECT_EQ(RunOn("arch=x86_64").out,
            "x86 the other calls: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_KILL_THREAD, e.g. "
            "restart_syscall (the architecture is no longer included)\n"
            "x86 1 call: SCMP_ACT_ALLOW -> SCMP_ACT_KILL_THREAD, e.g. read (the architecture is no "
            "longer included)\n"
            "1 architecture otherwise narrower, 1 architecture newly denied\n");
}

TEST_F(DiffTest, TargetsAreNamedWhereThereAreSeveral) {
  WritePair(WithRules(kRead),
            WithRules(std::string(kRead) + R"(, {"names": ["bpf"], "action": "SCMP_ACT_ALLOW",
                "includes": {"minKernel": "5.8"}}, {"names": ["mount"], "action": "SCMP_ACT_ALLOW"})"));
  EXPECT_EQ(RunOn("arch=x86_64+aarch64,kernel=5.6..5.9").out,
            "x86_64, aarch64 bpf: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW [kernel=5.8..5.9]\n"
            "x86_64, aarch64 mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "2 calls newly allowed\n");
  const std::string table = RunOn("arch=x86_64+aarch64,kernel=5.6..5.9", "--format markdown").out;
  EXPECT_NE(table.find("| all arguments | `kernel=5.8..5.9` |\n"), std::string::npos) << table;
  EXPECT_NE(table.find("| all arguments | all |\n"), std::string::npos) << table;
}

TEST_F(DiffTest, TargetsOfAFileAreThoseOfTheOption) {
  WritePair(WithRules(kRead), WithRules(std::string(kRead) + R"(, {"names": ["bpf"],
      "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "5.8"}})"));
  Write("fleet.json", R"(["arch=x86_64,kernel=5.6..5.7", "arch=aarch64,kernel=5.8"])");
  for (const char* format : {"", " --format json", " --format markdown"}) {
    const Outcome listed = Run(std::string("old.json new.json --targets fleet.json") + format);
    const Outcome repeated =
        Run(std::string("old.json new.json --target arch=x86_64,kernel=5.6..5.7 "
                        "--target arch=aarch64,kernel=5.8") +
            format);
    EXPECT_EQ(listed.exit_code, 1);
    EXPECT_EQ(listed.out, repeated.out);
  }
  EXPECT_EQ(Run("old.json new.json --targets fleet.json").out,
            "aarch64 bpf: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "1 call newly allowed\n");
  EXPECT_EQ(Run("old.json new.json --targets fleet.json --target arch=x86_64,kernel=5.9").out,
            "x86_64 bpf: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW [kernel=5.9]\n"
            "aarch64 bpf: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "1 call newly allowed\n")
      << "both count";
}

TEST_F(DiffTest, ManyArchitecturesInFewWords) {
  WritePair(WithRules(kRead), WithRules(std::string(kReadAndMount) + R"(,
      {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390x", "arm"]}},
      {"names": ["sync_file_range2"], "action": "SCMP_ACT_ALLOW"})"));
  EXPECT_EQ(RunOn("arch=all").out,
            "all mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "all but arm, s390x chroot: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "all sync_file_range2: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "3 calls newly allowed\n");
}

TEST_F(DiffTest, TheHorizonIsOffUnlessAskedFor) {
  WritePair(WithRules(kRead), WithRules(kReadAndMount));
  EXPECT_EQ(RunOn("arch=aarch64").out.find("ENOSYS"), std::string::npos);
  const Outcome outcome = RunOn("arch=aarch64", "--horizon");
  EXPECT_EQ(outcome.out,
            "aarch64 mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW\n"
            "1 call newly allowed\n")
      << "mount is 40, read 63";
  EXPECT_NE(RunOn("arch=x86_64", "--horizon")
                .out.find("x86_64 every call without a rule from number 1 to 165: "
                          "SCMP_ACT_ERRNO(ENOSYS) -> SCMP_ACT_ERRNO(EPERM), e.g. write\n"),
            std::string::npos);
}

TEST_F(DiffTest, JsonHasAWitnessForEach) {
  WritePair(WithRules(kSocket), WithRules(kSocketBut40));
  const Outcome outcome = RunOn("arch=x86_64,kernel=6.1", "--format json");
  EXPECT_EQ(outcome.exit_code, 1);
  const auto json = boost::json::parse(outcome.out);
  const auto& difference = json.at("differences").as_array().at(0);
  EXPECT_EQ(difference.at("architectures"), (boost::json::array{"x86_64"}));
  EXPECT_EQ(difference.at("syscall"), "socket");
  EXPECT_EQ(difference.at("number"), (boost::json::object{{"x86_64", 41}}));
  EXPECT_EQ(difference.at("old"),
            (boost::json::object{{"action", "SCMP_ACT_ALLOW"}, {"errno", nullptr}}));
  EXPECT_EQ(difference.at("new"),
            (boost::json::object{{"action", "SCMP_ACT_ERRNO"}, {"errno", 1}}));
  EXPECT_EQ(difference.at("change"), "narrower");
  EXPECT_EQ(difference.at("when"), (boost::json::array{"arg0 == 40"}));
  EXPECT_EQ(difference.at("witness"),
            (boost::json::object{{"arch", "x86_64"},
                                 {"nr", 41},
                                 {"syscall", "socket"},
                                 {"args", {"0x28", "0x0", "0x0", "0x0", "0x0", "0x0"}}}));
  EXPECT_EQ(difference.at("targets").as_array().size(), 1U);
  EXPECT_EQ(json.at("summary").at("denied"), 1);
  EXPECT_EQ(json.at("summary").at("wider"), 0);
}

TEST_F(DiffTest, MarkdownIsATable) {
  WritePair(WithRules(kSocket), WithRules(std::string(kRead) + "," + kSocketBut40));
  EXPECT_EQ(RunOn("arch=x86_64", "--format markdown").out,
            "**1 call newly allowed, 1 call newly denied** (`old.json` → `new.json`)\n"
            "\n"
            "| | call | architectures | old | new | for |\n"
            "|---|---|---|---|---|---|\n"
            "| **newly allowed** | `read` | x86_64 | `SCMP_ACT_ERRNO(EPERM)` | `SCMP_ACT_ALLOW` | "
            "all arguments |\n"
            "| newly denied | `socket` | x86_64 | `SCMP_ACT_ALLOW` | `SCMP_ACT_ERRNO(EPERM)` | "
            "`arg0 == 40`, e.g. `socket(0x28)` |\n");
}

TEST_F(DiffTest, MarkdownEscapesAndFolds) {
  std::string many;
  for (const char* name : {"write",  "open",  "close",    "stat",   "fstat", "lstat",  "poll",
                           "lseek",  "mmap",  "mprotect", "munmap", "brk",   "ioctl",  "pipe",
                           "select", "msync", "mincore",  "dup",    "pause", "getpid", "shmget"}) {
    many += (many.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  Write("a`b|<b>.json", WithRules(kRead));
  Write("new.json", WithRules(R"({"names": [)" + many + R"(], "action": "SCMP_ACT_ALLOW"})"));
  const std::string out = Run("'a`b|<b>.json' new.json --target arch=x86_64 --format markdown").out;
  EXPECT_TRUE(out.starts_with(
      "**21 calls newly allowed, 1 call newly denied** (`` a`b\\|<b>.json `` → `new.json`)\n"
      "\n<details open><summary>21 calls newly allowed</summary>\n\n| | call |"))
      << out;
  EXPECT_NE(out.find("</details>\n\n<details><summary>1 call newly denied</summary>\n\n| |"),
            std::string::npos)
      << out;
}

TEST_F(DiffTest, WhatCannotBeComparedIsTwo) {
  WritePair(WithRules(kRead), WithRules(kRead));
  Write("bad.json", R"({"defaultAction": "SCMP_ACT_DENY"})");
  Write("broken.json", "{");
  Write("ambiguous.json",
        WithRules(std::string(kRead) + R"(, {"names": ["read"], "action": "SCMP_ACT_LOG"})"));
  for (const char* arguments :
       {"", "old.json", "old.json new.json old.json", "old.json missing.json", "old.json bad.json",
        "broken.json new.json", "old.json ambiguous.json", "- -",
        "old.json new.json --format sarif", "old.json new.json --fail-on narrower",
        "old.json new.json --target arch=vax", "old.json new.json --targets missing.json",
        "old.json new.json --targets broken.json", "old.json new.json --no-such-option"}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
  }
  EXPECT_NE(Run("old.json ambiguous.json").err.find("the new profile is ambiguous: /syscalls/0"),
            std::string::npos);
  EXPECT_EQ(Run("old.json - < new.json").exit_code, 0);
}

}  // namespace
