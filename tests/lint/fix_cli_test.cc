// `check --fix` and `check --diff`: what is written, what is printed, how they exit.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/lint/cli_fixture.h"

namespace {

constexpr const char* kTwice =
    "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
    "  { \"names\": [\"execve\", \"read\", \"read\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n";
constexpr const char* kOnce =
    "{ \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
    "  { \"names\": [\"execve\", \"read\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n";
constexpr const char* kMisspelt =
    R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["opne"], "action": "SCMP_ACT_ALLOW"}]})";

class FixCliTest : public CliTest {
 protected:
  std::size_t FilesThere() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      const std::string name = entry.path().filename();
      if (name != "out" && name != "err") ++count;
    }
    return count;
  }
};

TEST_F(FixCliTest, FixesAndReportsTheRest) {
  Write("a.json", kTwice);
  const Outcome outcome = Run("--isolated --select SL504 --fail-level warning --fix a.json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "1 file checked: no findings\n");
  EXPECT_EQ(outcome.err, "seccomp-lint: note: 1 finding fixed in 1 file\n");
  EXPECT_EQ(Text("a.json"), kOnce);
  EXPECT_EQ(FilesThere(), 1U);
  EXPECT_EQ(Run("--isolated --select SL504 --fix a.json").err, "");
}

TEST_F(FixCliTest, UnsafeFixesAreAskedFor) {
  Write("a.json", kMisspelt);
  const Outcome safe = Run("--isolated --select SL301 --fix a.json");
  EXPECT_EQ(safe.exit_code, 1);
  EXPECT_EQ(safe.err, "seccomp-lint: note: nothing fixed; 1 more with --unsafe-fixes\n");
  EXPECT_EQ(Text("a.json"), kMisspelt);
  EXPECT_EQ(Run("--isolated --select SL301 --fix --unsafe-fixes a.json").exit_code, 0);
  EXPECT_NE(Text("a.json").find("[\"open\"]"), std::string::npos);
  EXPECT_EQ(Run("--unsafe-fixes a.json").exit_code, 2);
}

TEST_F(FixCliTest, DiffPrintsAndWritesNothing) {
  Write("a.json", kTwice);
  Write("b.json", kOnce);
  for (const char* how : {"--diff ", "--diff --fix "}) {
    const Outcome outcome = Run(std::string("--isolated --select SL504 ") + how + "a.json b.json");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(
        outcome.out,
        "--- a.json\n+++ a.json\n@@ -1,2 +1,2 @@\n"
        " { \"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [\n"
        "-  { \"names\": [\"execve\", \"read\", \"read\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n"
        "+  { \"names\": [\"execve\", \"read\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n");
    EXPECT_EQ(outcome.err, "seccomp-lint: note: 1 finding would be fixed in 1 file\n");
    EXPECT_EQ(Text("a.json"), kTwice);
  }
  EXPECT_EQ(Run("--isolated --select SL504 --diff b.json").exit_code, 0);
  EXPECT_EQ(Run("--isolated --diff missing.json").exit_code, 2);
  EXPECT_EQ(Run("--isolated --diff --write-baseline c.txt a.json").exit_code, 2);
  ASSERT_EQ(std::system(("cd " + directory_.string() + " && " + SECCOMP_LINT +
                         " --isolated --select SL504 --quiet --diff a.json | patch -s")
                            .c_str()),
            0);
  EXPECT_EQ(Text("a.json"), kOnce);
}

TEST_F(FixCliTest, StandardInputGoesToStandardOutput) {
  Write("a.json", kTwice);
  const Outcome outcome = Run("--isolated --select SL504 --fix - < a.json");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, kOnce);
  EXPECT_EQ(outcome.err,
            "1 file checked: no findings\nseccomp-lint: note: 1 finding fixed in 1 file\n");
  Write("a.json", kMisspelt);
  EXPECT_EQ(Run("--isolated --select SL301 --fix - < a.json").out, kMisspelt);
}

TEST_F(FixCliTest, ModeOwnerAndLinkStay) {
  const std::string path = Write("real.json", kTwice);
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path.c_str(), 65534, 65534), 0);
  }
  fs::create_symlink("real.json", directory_ / "link.json");
  EXPECT_EQ(Run("--isolated --select SL504 --fix link.json").exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(directory_ / "link.json"));
  EXPECT_EQ(Text("real.json"), kOnce);
  struct stat now {};
  ASSERT_EQ(stat(path.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777U, 0640U);
  EXPECT_EQ(now.st_uid, geteuid() == 0 ? 65534U : geteuid());
}

TEST_F(FixCliTest, NothingIsPrintedOfWhatIsTooLarge) {
  Write("a.json", std::string(std::size_t{2} << 20U, ' '));
  const Outcome outcome = Shell(SECCOMP_LINT " --fix - <a.json");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(FixCliTest, ABaselinedFindingIsLeftAlone) {
  Write("a.json", kTwice);
  ASSERT_EQ(Run("--isolated --select SL504 --write-baseline base.txt a.json").exit_code, 0);
  EXPECT_EQ(Run("--isolated --select SL504 --baseline base.txt --fix a.json").exit_code, 0);
  EXPECT_EQ(Text("a.json"), kTwice);
}

// Root may write anywhere, so it is another user's folder, and that user's program.
TEST_F(FixCliTest, AReadOnlyFolderIsAnErrorAndKeepsTheFile) {
  const std::string path = Write("p/a.json", kTwice);
  const std::string folder = fs::path(path).parent_path();
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  ASSERT_EQ(chmod(folder.c_str(), 0555), 0);
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  const std::string user =
      geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
  const std::string command = "cd " + directory_.string() + " && cp " + SECCOMP_LINT +
                              " lint && chmod 755 lint && " + user +
                              "./lint --isolated --select SL504 --fix p/a.json >out 2>err";
  const int status = std::system(command.c_str());
  ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(Text("err").find("cannot write p/a.json"), std::string::npos) << Text("err");
  EXPECT_EQ(Text("p/a.json"), kTwice);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

}  // namespace
