// How `check` is told what to do and where its reports go, as the README promises it.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kOpne =
    R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["opne"], "action": "SCMP_ACT_ALLOW"}]})";
constexpr const char* kWrlte =
    R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["opne", "wrlte"], "action": "SCMP_ACT_ALLOW"}]})";

class CheckTest : public CliTest {
 protected:
  // The summary line, or what stands on stderr instead.
  std::string Summary(const std::string& command_line) {
    const Outcome outcome = Run(command_line);
    const std::size_t line = outcome.out.rfind('\n', outcome.out.size() - 2);
    return outcome.err + outcome.out.substr(line == std::string::npos ? 0 : line + 1);
  }
};

TEST_F(CheckTest, TheNearestConfigWins) {
  Write("a.json", kOpne);
  Write("b/a.json", kOpne);
  Write("b/c/a.json", kOpne);
  Write(".seccomp-lint.json", "// all of it\n{\"select\": [\"SL301\"]}");
  Write("b/.seccomp-lint.json", R"({"severity": {"SL301": "info"}, "select": ["SL301"]})");
  EXPECT_EQ(Summary("a.json"), "1 file checked: 1 error\n");
  EXPECT_EQ(Summary("b/a.json"), "1 file checked: 1 info\n");
  EXPECT_EQ(Summary("b"), "2 files checked: 2 infos\n");
  EXPECT_EQ(Summary("."), "3 files checked: 1 error, 2 infos\n");
  EXPECT_EQ(Summary("- < a.json"), "1 file checked: 1 error\n");
  EXPECT_EQ(Summary("--config b/.seccomp-lint.json a.json"), "1 file checked: 1 info\n");
  EXPECT_EQ(Summary("--isolated --select SL301 b/a.json"), "1 file checked: 1 error\n");
}

TEST_F(CheckTest, TheCommandLineWinsOverTheConfig) {
  Write("a.json", kOpne);
  Write(
      ".seccomp-lint.json",
      R"({"ignore": ["SL301"], "fail-level": "info", "targets": ["arch=arm64+s390x,kernel=6.1"]})");
  EXPECT_EQ(Summary("--select SL301 a.json"), "1 file checked: 1 error\n");
  EXPECT_EQ(Run("--ignore all --fail-level never a.json").out, "1 file checked: no findings\n");
  const std::string report = "--format json --select SL301 ";
  auto json = boost::json::parse(Run(report + "a.json").out);
  EXPECT_EQ(json.at("findings").at(0).at("targets").as_array().size(), 2U);
  json = boost::json::parse(Run(report + "--target arch=arm64 a.json").out);
  EXPECT_EQ(json.at("findings").at(0).at("targets").as_array().size(), 1U);
  Write(".seccomp-lint.json", R"({"select": ["SL301"], "fail-level": "never"})");
  EXPECT_EQ(Run("a.json").exit_code, 0);
  EXPECT_EQ(Run("--fail-level error a.json").exit_code, 1);
  EXPECT_EQ(Summary("--ignore SL301 a.json"), "1 file checked: no findings\n");
}

TEST_F(CheckTest, PathsHaveChangesOfTheirOwn) {
  Write("conf/.seccomp-lint.json", R"({
    "select": ["SL301"],
    "per-path": [
      {"paths": ["old/**"], "severity": {"SL301": "warning"}},
      {"paths": ["off.json"], "severity": {"SL301": "off"}},
      {"paths": ["arm.json"], "targets": ["arch=arm64"]}
    ]
  })");
  Write("conf/new.json", kOpne);
  Write("conf/off.json", kOpne);
  Write("conf/old/x/a.json", kOpne);
  EXPECT_EQ(Summary("conf"), "3 files checked: 1 error, 1 warning\n");
  Write("conf/arm.json", kOpne);
  EXPECT_NE(Run("--format json conf/arm.json").out.find("arch=aarch64"), std::string::npos);
}

TEST_F(CheckTest, AConfigThatIsWrongIsAUsageError) {
  Write("a/p.json", kGood);
  Write("a/.seccomp-lint.json", "{\n  \"targts\": []\n}");
  const Outcome outcome = Run("a/p.json");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err,
            "seccomp-lint: a/.seccomp-lint.json:2:3: \"targts\" is no key of this file, did you "
            "mean \"targets\"?\n");
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(Run("--config missing.json a/p.json").exit_code, 2);
  EXPECT_EQ(Run("--isolated a/p.json").exit_code, 0);
  EXPECT_EQ(Run("--isolated --config a/.seccomp-lint.json a/p.json").exit_code, 2);
  Write("a/.seccomp-lint.json", R"({"baseline": "missing.json"})");
  EXPECT_EQ(Run("a/p.json").exit_code, 2);
}

TEST_F(CheckTest, ABaselineHidesWhatWasThere) {
  Write("p/a.json", kOpne);
  Write("p/gone.json", kOpne);
  const std::string select = "--select SL301 --isolated ";
  const Outcome written = Run(select + "--write-baseline p/base.txt p");
  EXPECT_EQ(written.exit_code, 0);
  EXPECT_EQ(written.out, "2 files checked: no findings, 2 suppressed\n");
  EXPECT_NE(Slurp(directory_ / "p/base.txt").find("{\"file\":\"a.json\",\"rule\":\"SL301\","),
            std::string::npos);
  EXPECT_EQ(Run(select + "--baseline p/base.txt p").exit_code, 0);

  Write("p/a.json", std::string("\n\n\n") + kWrlte);
  const Outcome more = Run(select + "--baseline p/base.txt p");
  EXPECT_EQ(more.exit_code, 1);
  EXPECT_NE(more.out.find("wrlte"), std::string::npos) << more.out;
  EXPECT_EQ(more.out.find("\"opne\" is"), std::string::npos) << more.out;

  Write("p/a.json", kGood);
  fs::remove(directory_ / "p/gone.json");
  const Outcome stale = Run(select + "--baseline p/base.txt p/a.json");
  EXPECT_EQ(stale.exit_code, 0);
  EXPECT_EQ(stale.err,
            "seccomp-lint: note: 2 findings of the baseline found no more: --write-baseline "
            "writes it anew\n");
  EXPECT_EQ(Run(select + "--quiet --baseline p/base.txt p/a.json").err, "");

  EXPECT_EQ(Run(select + "--baseline p/a.json p/a.json").exit_code, 2);
  EXPECT_EQ(Run(select + "--write-baseline no/folder.txt p/a.json").exit_code, 2);
}

TEST_F(CheckTest, TheConfigsBaselineIsRelativeToTheConfig) {
  Write("p/a.json", kOpne);
  EXPECT_EQ(Run("--select SL301 --write-baseline p/base.txt p/a.json").exit_code, 0);
  Write("p/.seccomp-lint.json", R"({"select": ["SL301"], "baseline": "base.txt"})");
  EXPECT_EQ(Summary("p/a.json"), "1 file checked: no findings, 1 suppressed\n");
  EXPECT_EQ(Summary("p"), "1 file checked: no findings, 1 suppressed\n");  // no config is a profile
  Write("p/.seccomp-lint.json", R"({"select": ["SL301"], "baseline": "base.json"})");
  EXPECT_EQ(Run("--write-baseline p/base.json p").exit_code, 0);
  EXPECT_EQ(Summary("p"), "1 file checked: no findings, 1 suppressed\n");
  EXPECT_EQ(Run("--write-baseline p/base.json p").out,
            "1 file checked: no findings, 1 suppressed\n");
  // Writing it anew does not start from the old one.
  EXPECT_EQ(Run("--write-baseline p/base.txt p/a.json").exit_code, 0);
  EXPECT_NE(Slurp(directory_ / "p/base.txt").find("SL301"), std::string::npos);
}

TEST_F(CheckTest, ABaselineIsNotWrittenOfHalfARun) {
  Write("a.json", kOpne);
  const Outcome outcome =
      Run("--write-baseline base.txt --output sarif=out.sarif a.json missing.json");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(Slurp(directory_ / "out.sarif").find("\"executionSuccessful\":false"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(directory_ / "base.txt"));
}

TEST_F(CheckTest, OneRunWritesSeveralReports) {
  Write("bad.json", kBad);
  const Outcome outcome =
      Run("--output sarif=out.sarif --output junit=out.xml --output json=- bad.json");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "seccomp-lint: two reports would go to stdout\n");
  const Outcome three = Run("--output sarif=out.sarif --output junit=out.xml bad.json");
  EXPECT_EQ(three.exit_code, 1);
  EXPECT_NE(three.out.find("1 file checked: 1 error\n"), std::string::npos);
  EXPECT_EQ(boost::json::parse(Slurp(directory_ / "out.sarif")).at("version").as_string(), "2.1.0");
  EXPECT_TRUE(Slurp(directory_ / "out.xml").ends_with("</testsuites>\n"));
  EXPECT_EQ(Run("--format json --output out.json --output text=- bad.json").out, three.out);
  EXPECT_TRUE(Slurp(directory_ / "out.json").starts_with("{\"version\":1,"));
  EXPECT_EQ(Run("--quiet --output ./a=b.txt bad.json").out, "");
  EXPECT_TRUE(fs::exists(directory_ / "a=b.txt"));
}

TEST_F(CheckTest, AFileThatIsNamedTwiceIsOne) {
  Write("bad.json", kBad);
  EXPECT_NE(Run("bad.json ./bad.json .").out.find("1 file checked"), std::string::npos);
}

TEST_F(CheckTest, WhatIsNoProfileIsNotCalledGood) {
  for (const char* text : {"{\"defaultAction\": \"SCMP_AC", "[]", "\xFF\xFE{"}) {
    Write("a.json", text);
    const Outcome outcome = Run("--select SL301 a.json");
    EXPECT_EQ(outcome.exit_code, 1) << text;
    EXPECT_NE(outcome.out.find("error"), std::string::npos) << outcome.out;
    EXPECT_EQ(Run("--select SL301 --ignore SL0 a.json").exit_code, 0) << text;
  }
}

TEST_F(CheckTest, WhatCannotBeReadIsNotCalledGood) {
  const Outcome outcome = Run("nothere");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "nothing checked: 1 path could not be read\n");
}

// Of more bytes than a profile may have.
TEST_F(CheckTest, ALongBaselineIsReadAsItWasWritten) {
  std::string profile = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)";
  for (int i = 0; i < 500; ++i) {
    profile += (i == 0 ? "" : ",") + (R"({"names": ["nothere)" + std::to_string(i)) +
               R"("], "action": "SCMP_ACT_ALLOW"})";
  }
  for (int i = 0; i < 16; ++i) Write("p/" + std::to_string(i) + ".json", profile + "]}");
  const std::string select = "--select SL301 --isolated ";
  ASSERT_EQ(Run(select + "--write-baseline base.txt p").exit_code, 0);
  ASSERT_GT(fs::file_size(directory_ / "base.txt"), std::size_t{1} << 20U);
  const Outcome outcome = Run(select + "--baseline base.txt p");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "16 files checked: no findings, 8000 suppressed\n");
}

TEST_F(CheckTest, ABaselineMayBeAPipeWhereSomebodySaysSo) {
  Write("a.json", kOpne);
  ASSERT_EQ(Run("--select SL301 --write-baseline base.txt a.json").exit_code, 0);
  ASSERT_EQ(Shell("mkfifo fifo").exit_code, 0);
  const Outcome piped =
      Shell("cat base.txt >fifo & " SECCOMP_LINT " --select SL301 --baseline fifo a.json");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  Write(".seccomp-lint.json", R"({"baseline": "fifo"})");
  const Outcome outcome = Run("a.json");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "seccomp-lint: fifo is not a regular file\n");
}

// By its name it is an error; the folder must not pass it over in silence.
TEST_F(CheckTest, AFolderTellsOfAResourceInALargeFile) {
  const std::string resource =
      "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n"
      "spec: {defaultAction: SCMP_ACT_ALLOW}\n";
  std::string other;
  while (other.size() < std::size_t{3} << 20U) other += "# " + std::string(1000, 'x') + "\n";
  Write("p/other.yaml", "a: 1\n" + other);
  EXPECT_EQ(Run("p").out, "0 files checked: no findings\n");
  Write("p/large.yaml", "a: 1\n" + other + "---\n" + resource);
  const Outcome outcome = Run("--quiet p");
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_TRUE(
      outcome.out.starts_with("p/large.yaml:1:1: error: the file has more than 1048576 "
                              "bytes (1 MiB), which no profile needs [SL005 "))
      << outcome.out;
  fs::remove(directory_ / "p/large.yaml");
  std::string wide = "\xFF\xFE";
  for (const char c : resource) (wide += c) += '\0';
  Write("p/wide.yaml", wide);
  EXPECT_NE(Run("p").out.find("the file is UTF-16, not UTF-8 [SL004 "), std::string::npos);
}

TEST_F(CheckTest, AConfigThatIsAFifoIsAnError) {
  Write("a/p.json", kGood);
  ASSERT_EQ(std::system(("mkfifo " + (directory_ / ".seccomp-lint.json").string()).c_str()), 0);
  EXPECT_EQ(Run("a").exit_code, 2);
}

TEST_F(CheckTest, AnOutputThatIsNoneIsAUsageError) {
  Write("bad.json", kBad);
  EXPECT_EQ(Run("--output sarf=x bad.json").err,
            "seccomp-lint: --output FORMAT=FILE takes one of text, json, sarif, github, gitlab, "
            "junit, checkstyle, html, not \"sarf\", did you mean \"sarif\"?\n");
  for (const char* arguments :
       {"--output a --output b bad.json", "--output json=a --output a bad.json",
        "--output json= bad.json", "--output json=no/such/folder bad.json"}) {
    EXPECT_EQ(Run(arguments).exit_code, 2) << arguments;
  }
  EXPECT_FALSE(fs::exists(directory_ / "a"));
}

TEST_F(CheckTest, GithubGetsASummaryOfTheJob) {
  Write("bad.json", kBad);
  Write("summary.md", "before\n");
  const std::string run = "env GITHUB_STEP_SUMMARY=summary.md ";
  const std::string command = "cd " + directory_.string() + " && " + run + SECCOMP_LINT;
  EXPECT_NE(std::system((command + " --format github bad.json >out").c_str()), 0);
  EXPECT_TRUE(
      Slurp(directory_ / "out").starts_with("::error file=bad.json,line=1,endLine=1,col=19,"))
      << Slurp(directory_ / "out");
  const std::string summary = Slurp(directory_ / "summary.md");
  EXPECT_TRUE(summary.starts_with("before\n### seccomp-lint\n")) << summary;
  EXPECT_NE(std::system((command + " bad.json >out").c_str()), 0);
  EXPECT_EQ(Slurp(directory_ / "summary.md"), summary);
}

TEST_F(CheckTest, SuppressedFindingsAreCarriedWithTheirReason) {
  Write("a.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["opne"], "action": "SCMP_ACT_ALLOW",
     "comment": "seccomp-lint: ignore SL301, SL999 -- ours"}]})");
  const auto json = boost::json::parse(Run("--select SL301 --format json a.json").out);
  EXPECT_EQ(json.at("findings").as_array().size(), 0U);
  EXPECT_EQ(json.at("suppressed").at(0).at("suppressed").at("by").as_string(), "comment");
  EXPECT_EQ(json.at("suppressed").at(0).at("suppressed").at("reason").as_string(), "ours");
  EXPECT_EQ(json.at("notes").at(0).at("message").as_string(), "no rule is called \"SL999\"");
  const Outcome text = Run("--select SL301 --statistics --fail-level info a.json");
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.out.find("a.json:3:46: note: no rule is called \"SL999\"\n"), std::string::npos)
      << text.out;
  EXPECT_NE(text.out.find("      1  SL301  suppressed  unknown-syscall\n"), std::string::npos);
}

// The line is for people at a terminal, and for them alone.
TEST_F(CheckTest, ShowsNoProgressWithoutATerminal) {
  for (int i = 0; i < 50; ++i) Write("p/" + std::to_string(i) + ".json", kOpne);
  EXPECT_EQ(Run("--jobs 3 --select SL301 p").err, "");
}

TEST_F(CheckTest, ReportsFilesInOrder) {
  std::string expected;
  for (int i = 100; i < 200; ++i) {
    Write("p/" + std::to_string(i) + ".json", i % 3 == 0 ? std::string(kWrlte) : kBad);
    if (i % 3 != 0) expected += "p/" + std::to_string(i) + ".json:1:19: error: ";
  }
  const std::string out = Run("--jobs 4 --quiet --select SL104 p").out;
  std::string heads;
  for (std::size_t at = out.find("p/"); at != std::string::npos; at = out.find("\np/", at)) {
    if (out[at] == '\n') ++at;
    heads += out.substr(at, std::string("p/100.json:1:19: error: ").size());
  }
  EXPECT_EQ(heads, expected);
  EXPECT_EQ(Run("--jobs 1 --quiet --select SL104 p").out, out);
}

TEST_F(CheckTest, AFlagOfAListenerWithoutOneIsFound) {
  const std::string flags = R"({"defaultAction": "SCMP_ACT_ALLOW",
    "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])";
  Write("a.json", flags + "}");
  const Outcome outcome = Run("--select SL118 a.json");
  EXPECT_NE(outcome.out.find("a.json:2:42: warning: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV without "
                             "SCMP_ACT_NOTIFY: no filter gets a listener [SL118"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(outcome.exit_code, 0);
  Write("a.json", flags + R"(, "listenerPath": "/run/a.sock",
    "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]})");
  EXPECT_EQ(Summary("--select SL118 a.json"), "1 file checked: no findings\n");
}

// Other engines cannot start with it.
TEST_F(CheckTest, OurEngineIsAskedAboutAnyCall) {
  Write("a.json", R"({"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/run/a.sock"})");
  EXPECT_EQ(Summary("--select SL404 --target engine=isolator a.json"),
            "1 file checked: no findings\n");
  for (const char* engine : {"docker", "oci"}) {
    EXPECT_EQ(Summary("--select SL404 --target engine=" + std::string(engine) + " a.json"),
              "1 file checked: 1 error\n");
  }
}

}  // namespace
