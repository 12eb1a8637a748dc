// The program itself: exit codes and output, as the README promises them.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

TEST_F(CliTest, ExitCodesFollowTheFailLevel) {
  Write("good.json", kGood);
  Write("bad.json", kBad);
  Write("info.json",
        R"({"defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"name": "mount", "action": "SCMP_ACT_ERRNO"}]})");
  EXPECT_EQ(Run("--select SL104 good.json").exit_code, 0);
  EXPECT_EQ(Run("--select SL104 bad.json").exit_code, 1);
  EXPECT_EQ(Run("check --select SL104 good.json bad.json").exit_code, 1);
  EXPECT_EQ(Run("--fail-level never bad.json").exit_code, 0);
  EXPECT_EQ(Run("--select SL119 info.json").exit_code, 0);
  EXPECT_EQ(Run("--select SL119 --fail-level warning info.json").exit_code, 0);
  EXPECT_EQ(Run("--select SL119 --fail-level info info.json").exit_code, 1);
}

TEST_F(CliTest, UsageErrorsAndUnreadablePathsAreTwo) {
  Write("bad.json", kBad);
  for (const char* arguments : {"",
                                "--no-such-option bad.json",
                                "--format yaml bad.json",
                                "--fail-level loud bad.json",
                                "--select SL999 bad.json",
                                "--target arch=vax bad.json",
                                "--target kernel bad.json",
                                "--target speed=9 bad.json",
                                "--target caps=CAP_FLY bad.json",
                                "--color pink bad.json",
                                "explain SL999",
                                "explain",
                                "rules more",
                                "explain SL001 --format yaml",
                                "diff bad.json bad.json",
                                "--target arch=amd64,arch=arm64 bad.json",
                                "--target arch=sparc64 bad.json",
                                "query bad.json",
                                "compile bad.json",
                                "missing.json",
                                "missing.json bad.json"}) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.err, "") << arguments;
  }
  // What can be read is checked all the same.
  EXPECT_NE(Run("missing.json bad.json").out.find("SL104"), std::string::npos);
}

TEST_F(CliTest, AnUnparsableProfileIsAFinding) {
  Write("broken.json", "{\"defaultAction\": }");
  const Outcome outcome = Run("broken.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("broken.json:1:19: error:"), std::string::npos) << outcome.out;
}

TEST_F(CliTest, AFolderIsSearchedForProfiles) {
  Write("profiles/b/bad.json", kBad);
  Write("profiles/a.json", kGood);
  Write("profiles/notes.txt", "no profile");
  const Outcome outcome = Run("--select SL104 profiles");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("profiles/b/bad.json:1:19:"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("2 files checked: 1 error"), std::string::npos) << outcome.out;
  fs::create_directory(directory_ / "empty");
  const Outcome empty = Run("empty");
  EXPECT_EQ(empty.exit_code, 0);
  EXPECT_NE(empty.err.find("no *.json in empty"), std::string::npos);
  fs::create_symlink("nowhere", directory_ / "profiles/dangling.json");
  EXPECT_EQ(Run("--fail-level never profiles").exit_code, 2);
  fs::remove(directory_ / "profiles/dangling.json");
  fs::create_directory_symlink("b", directory_ / "profiles/link");
  EXPECT_NE(Run("profiles").err.find("profiles/link is skipped"), std::string::npos);
}

TEST_F(CliTest, ReadsTheStandardInput) {
  Write("bad.json", kBad);
  const Outcome outcome = Run("- < bad.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.out.starts_with("<stdin>:1:19: error:")) << outcome.out;
}

TEST_F(CliTest, AFileThatNeverEndsIsTooLarge) {
  const Outcome outcome = Run("/dev/zero");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("SL005"), std::string::npos) << outcome.out;
}

TEST_F(CliTest, JsonIsTheWholeOutput) {
  Write("bad.json", kBad);
  const Outcome outcome = Run("--format json --target engine=docker,arch=arm64 bad.json");
  EXPECT_EQ(outcome.exit_code, 1);
  const auto json = boost::json::parse(outcome.out);
  EXPECT_EQ(json.at("summary").at("errors").to_number<int>(), 1);
  EXPECT_EQ(Run("--format json --output report.json bad.json").out, "");
  EXPECT_EQ(boost::json::parse(Slurp(directory_ / "report.json")).at("version").to_number<int>(),
            1);
}

TEST_F(CliTest, AllArchitecturesAtOnce) {
  Write("bad.json", kBad);
  const auto json = boost::json::parse(
      Run("--format json --select SL104 --target arch=all,kernel=6.1 bad.json").out);
  EXPECT_EQ(json.at("summary").at("errors").to_number<int>(), 1);
  EXPECT_GT(json.at("findings").at(0).at("targets").as_array().size(), 15U);
}

TEST_F(CliTest, TargetsMayBeRangesAndComeFromAFile) {
  Write("p.json", R"({"defaultAction": "SCMP_ACT_LOG"})");
  const Outcome range = Run("--select SL202 --target kernel=4.12..4.15,arch=amd64+arm64 p.json");
  EXPECT_NE(range.out.find("targets: kernel=4.12..4.13\n"), std::string::npos) << range.out;
  Write("fleet.json", R"(["kernel=4.9", "kernel=6.1", "kernel=6.1"])");
  const auto json = boost::json::parse(
      Run("--format json --select SL202 --targets fleet.json --target kernel=4.4 p.json").out);
  EXPECT_EQ(json.at("findings").at(0).at("targets").as_array().size(), 2U);
}

TEST_F(CliTest, ATargetsFileThatIsNoneIsAUsageError) {
  Write("p.json", kGood);
  Write("fleet.json", "[\n \"arch=amd64\",\n \"kernel=six\"\n]");
  EXPECT_EQ(Run("--targets fleet.json p.json").err,
            "seccomp-lint: fleet.json:3:2: target kernel=six: \"six\" is no kernel version like "
            "5.10\n");
  Write("fleet.json", "[3]");
  EXPECT_EQ(
      Run("--targets fleet.json p.json").err,
      "seccomp-lint: fleet.json:1:2: a target is a string of KEY=VALUE[,...], not a number\n");
  for (const char* text : {"[]", "{}", "[", "\"arch=amd64\""}) {
    Write("fleet.json", text);
    EXPECT_EQ(Run("--targets fleet.json p.json").exit_code, 2) << text;
  }
  EXPECT_EQ(Run("--targets missing.json p.json").exit_code, 2);
}

TEST_F(CliTest, SyscallsShowsTheTable) {
  const auto one = boost::json::parse(Run("syscalls socket --format json").out);
  EXPECT_EQ(one.at("arguments").as_array().size(), 3U);
  EXPECT_EQ(one.at("architectures").at(0).at("arch").as_string(), "x86");
  EXPECT_EQ(one.at("architectures").at(0).at("since").as_string(), "4.3");
  const auto table =
      boost::json::parse(Run("syscalls --arch s390x --kernel 4.19 --format json").out);
  EXPECT_EQ(table.at(0).at("name").as_string(), "exit");
  for (const auto& row : table.as_array()) EXPECT_NE(row.at("name").as_string(), "clone3");
  EXPECT_NE(Run("syscalls mount").out.find("needs CAP_SYS_ADMIN"), std::string::npos);
  EXPECT_EQ(Run("syscalls execv").err,
            "seccomp-lint: \"execv\" is a function of the C library: it calls execve\n");
  for (const char* bad : {"syscalls opne", "syscalls --arch vax", "syscalls --kernel six",
                          "syscalls read write", "syscalls read --arch amd64"}) {
    EXPECT_EQ(Run(bad).exit_code, 2) << bad;
  }
}

// What would take minutes without a bound ends in an error.
TEST_F(CliTest, AHostileProfileIsAnError) {
  std::string rules;
  for (int i = 0; i < 6000; ++i) {
    const std::string value = std::to_string(7 * i);
    rules += (i == 0 ? "" : ",") + std::string(R"({"names": ["ioctl"], "action": "SCMP_ACT_)") +
             (i % 2 == 0 ? "KILL" : "ALLOW") + R"(", "args": [{"index": )" + std::to_string(i % 6) +
             R"(, "value": )" + value + R"(, "op": "SCMP_CMP_GE"}]})";
  }
  Write("big.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}");
  const Outcome outcome = Run("big.json");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("ioctl has 6000 rules"), std::string::npos) << outcome.out;
}

TEST_F(CliTest, QuietAndStatistics) {
  Write("bad.json", kBad);
  EXPECT_EQ(Run("--quiet bad.json").out.find("checked"), std::string::npos);
  EXPECT_NE(Run("--statistics bad.json").out.find("      1  SL104  error       unknown-action\n"),
            std::string::npos);
}

TEST_F(CliTest, QueryNamesTheRuleThatDecides) {
  Write("p.json", R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    {"names": ["read", "execve"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]}
  ]
})");
  const std::string target = " --target arch=x86_64 --format json";
  auto json = boost::json::parse(Run("query p.json personality 0xffffffff" + target).out);
  EXPECT_EQ(json.at("action").as_string(), "SCMP_ACT_ALLOW");
  EXPECT_EQ(json.at("nr").to_number<int>(), 135);
  EXPECT_EQ(json.at("because").at("pointer").as_string(), "/syscalls/1");
  EXPECT_EQ(json.at("because").at("line").to_number<int>(), 5);
  EXPECT_TRUE(json.at("errno").is_null());
  json = boost::json::parse(Run("query p.json personality 8" + target).out);
  EXPECT_EQ(json.at("action").as_string(), "SCMP_ACT_ERRNO");
  EXPECT_EQ(json.at("errno").to_number<int>(), 1);
  EXPECT_EQ(json.at("because").as_string(), "default");
  EXPECT_EQ(json.at("ambiguous").as_bool(), false);
  EXPECT_NE(Run("query p.json opne").err.find("did you mean \"open\""), std::string::npos);
  EXPECT_EQ(Run("query p.json read 1x").exit_code, 2);
}

TEST_F(CliTest, CompileWritesTheProgram) {
  Write("good.json", kGood);
  Write("bad.json", kBad);
  EXPECT_EQ(Run("compile good.json -o good.bpf --emit raw").exit_code, 0);
  const std::string program = Slurp(directory_ / "good.bpf");
  ASSERT_GE(program.size(), 8U);
  EXPECT_EQ(program.size() % 8, 0U);
  // The last instruction returns: BPF_RET | BPF_K, little endian.
  EXPECT_EQ(program.substr(program.size() - 8, 2), std::string("\x06\x00", 2));
  const Outcome outcome = Run("compile bad.json -o bad.bpf");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("SL104"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(directory_ / "bad.bpf"));
}

TEST_F(CliTest, ResolveGivesWhatAnOciRuntimeTakes) {
  Write("p.json", R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "syscalls": [
    {"name": "read", "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]}
  ]
})");
  const std::string target = " --target arch=x86_64,caps=";
  const auto json = boost::json::parse(Run("resolve p.json" + target + "none").out);
  EXPECT_EQ(json, boost::json::parse(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
    "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW",
                  "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]}]})"));
  const auto all = boost::json::parse(Run("resolve p.json" + target + "all").out);
  EXPECT_EQ(all.at("syscalls").as_array().size(), 2U);
}

TEST_F(CliTest, TellsAboutItself) {
  EXPECT_NE(Run("--help").out.find("seccomp-lint explain RULE"), std::string::npos);
  EXPECT_NE(Run("check --help").out.find("--fail-level"), std::string::npos);
  EXPECT_TRUE(Run("--version").out.starts_with("seccomp-lint "));
  EXPECT_NE(Run("rules").out.find("SL001  json-syntax"), std::string::npos);
  EXPECT_NE(Run("explain json-syntax").out.find("RFC 8259"), std::string::npos);
  EXPECT_EQ(boost::json::parse(Run("explain SL001 --format json").out).at("rule").as_string(),
            "SL001");
}

TEST_F(CliTest, AFullDiskIsNoSuccess) {
  Write("good.json", kGood);
  EXPECT_EQ(Run("good.json --output /dev/full").exit_code, 2);
}

}  // namespace
