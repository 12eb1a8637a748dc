// What a shell or a script may expect of a program that starts another: seccomp-run's exit
// statuses, the signals it passes on, closed streams, sizes.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "schema/descriptor.h"
#include "tests/runtime/run/run_process.h"

namespace {

namespace fs = std::filesystem;
using runtime::run::Outcome;
using runtime::run::RunTest;

class ShellTest : public RunTest {
 protected:
  // A program of a shell, written into our folder.
  fs::path Script(const std::string& name, const std::string& text = "#!/bin/sh\nexit 0\n") const {
    std::ofstream(folder_ / name) << text;
    fs::permissions(folder_ / name, fs::perms(0755));
    return folder_ / name;
  }
};

TEST_F(ShellTest, ACommandThatIsThereAndOneThatIsNot) {
  fs::create_symlink("loop", folder_ / "loop");
  const std::vector<std::pair<std::string, int>> cases = {
      {Script("format", "no program"), 126},   // ENOEXEC
      {folder_, 126},                          // EACCES
      {folder_ / "loop", 127},                 // ELOOP
      {folder_ / "format/x", 127},             // ENOTDIR
      {folder_ / std::string(300, 'x'), 127},  // ENAMETOOLONG
      {std::string(300, 'x'), 127},            // the same in each folder of PATH
      {Script("interpreter", "#!" + (folder_ / "no").string()), 127}};  // ENOENT
  for (const auto& [command, exit_code] : cases) {
    for (const char* init : {"--no-init", "--no-init=false"}) {
      EXPECT_EQ(Run({Profile(), init, "--", command}).exit_code, exit_code) << command;
    }
  }
  std::ofstream(folder_ / "exec.json") << R"({"defaultAction": "SCMP_ACT_ALLOW",
             "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]})";
  // No fault of the command's.
  EXPECT_EQ(Run({"--profile=" + (folder_ / "exec.json").string(), "true"}).exit_code, 125);
}

// Each, also those that would end us, or that only some programs know.
TEST_F(ShellTest, SignalsReachTheCommand) {
  const std::array signals = {SIGALRM, SIGCONT,      SIGWINCH, SIGURG, SIGIO,
                              SIGPROF, SIGVTALRM,    SIGXCPU,  SIGPWR, SIGSTKFLT,
                              SIGABRT, SIGRTMIN + 3, SIGRTMAX};
  std::string traps = "for s in";
  for (const int signal : signals) traps.append(" ").append(std::to_string(signal));
  traps += "; do trap \"echo caught $s\" $s; done; ";
  for (const char* init : {"--no-init", "--no-init=false"}) {
    fs::remove(folder_ / "out");
    const pid_t pid = Start({Profile(), init, "bash", "-c",
                             traps + "trap 'exit 9' TERM; echo ready; "
                                     "while :; do sleep 0.02; done"});
    AwaitReady();
    for (const int signal : signals) {
      kill(pid, signal);
      AwaitOutput("caught " + std::to_string(signal) + "\n");
    }
    kill(pid, SIGTERM);
    EXPECT_EQ(Finish(pid).exit_code, 9);
  }
}

// Nor do they replace it by SIGKILL, where it is process 1.
TEST_F(ShellTest, SignalsThatAreHarmlessEndNothing) {
  for (const char* init : {"--no-init", "--no-init=false"}) {
    fs::remove(folder_ / "out");
    const fs::path go = folder_ / "go";
    fs::remove(go);
    const pid_t pid =
        Start({Profile(), init, "sh", "-c",
               "echo ready; while ! [ -e " + go.string() + " ]; do sleep 0.02; done; exit 4"});
    AwaitReady();
    for (const int signal : {SIGCONT, SIGWINCH, SIGURG}) kill(pid, signal);
    std::ofstream(go) << "go";
    EXPECT_EQ(Finish(pid).exit_code, 4);
  }
}

// What the command opens would take its place, and what we open ourselves.
TEST_F(ShellTest, AClosedStreamIsTheNullDevice) {
  const auto streams = [this](const std::vector<int>& closed) {
    return Run({Profile(), "sh", "-c",
                "for i in 0 1 2; do readlink /proc/self/fd/$i; done > " +
                    (folder_ / "fds").string() + "; echo more; exit 6"},
               [closed] { std::ranges::for_each(closed, close); });
  };
  for (const std::vector<int>& closed :
       {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
    const Outcome outcome = streams(closed);
    EXPECT_EQ(outcome.exit_code, 6) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    std::ifstream file(folder_ / "fds");
    for (int i = 0; i < 3; ++i) {
      std::string name;
      std::getline(file, name);
      if (i == 1) continue;  // the loop's own
      EXPECT_EQ(name == "/dev/null", std::ranges::count(closed, i) != 0 || i == 0) << i << name;
    }
  }
}

TEST_F(ShellTest, Sizes) {
  const auto stack = [this](const std::string& size) {
    return Run({Profile(), "--rlimit=stack=" + size, "sh", "-c", "ulimit -s"}).out;
  };
  for (const char* size :
       {"8192k", "8192K", "8m", "8M", "8mb", "8MB", "8MiB", "8mib", "8388608", "8388608b"}) {
    EXPECT_EQ(stack(size), "8192\n") << size;
  }
  EXPECT_HAS(Run({Profile(), "--rlimit=stack=8x", "true"}).err,
             "a limit is a number of bytes, or one with k, m, g or t: 64m, or unlimited");
  EXPECT_HAS(Run({Profile(), "--rlimit=nofile=1k", "true"}).err,
             "a limit is a number, or unlimited");
  for (const char* size :
       {"1.5g", "64ib", "64i", "64kk", "m", "ib", "64 m", "17179869184g", "-1m"}) {
    EXPECT_HAS(Run({Profile(), std::string("--memory=") + size, "true"}).err,
               std::string("--memory=") + size +
                   ": not a size, which is a number of bytes, or one with k, m, g or t: 64m");
  }
  EXPECT_EQ(Run({Profile(), "--memory=64M", "true"}).err,
            Run({Profile(), "--memory=64m", "true"}).err);
}

TEST_F(ShellTest, AnUnknownCapabilityIsToldInALine) {
  EXPECT_EQ(Run({Profile(), "--bounding=net_admin", "true"}).err,
            "seccomp-run: --bounding: unknown capability \"net_admin\", did you mean "
            "\"CAP_NET_ADMIN\"?; capabilities are docker, all, none or CAP_A+CAP_B, of those in "
            "capabilities(7)\n");
}

// When the command has ended, signals end us.
TEST_F(ShellTest, ARecordingThatNobodyReadsCanBeEnded) {
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const pid_t pid = Start({"--record", folder_ / "fifo", "--", "echo", "ready"});
  AwaitReady();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(pid, SIGTERM);
  EXPECT_EQ(Finish(pid).exit_code, -SIGTERM);
}

TEST_F(ShellTest, AWriteBeyondTheLimitFails) {
  const auto no_files = [] {
    const rlimit none = {0, RLIM_INFINITY};  // the starter is a file, too
    setrlimit(RLIMIT_FSIZE, &none);
  };
  EXPECT_EQ(Run({"--cache", folder_ / "kept", Profile(), "--", "true"}, no_files).exit_code, 0);
  EXPECT_EQ(Run({"--record", folder_ / "p.json", "--", "true"}, no_files).exit_code, 125);
  EXPECT_FALSE(fs::exists(folder_ / "p.json"));
}

}  // namespace
