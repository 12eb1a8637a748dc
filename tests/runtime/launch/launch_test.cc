// Commands, descriptors, signals: what needs no isolation.

#include "runtime/launch/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/launch/prepare.h"
#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

using LaunchTest = KernelTest;

TEST(CandidatePaths, SearchesThePathOfTheContainer) {
  using Paths = std::vector<std::string>;
  EXPECT_EQ(CandidatePaths("/a/b", {"PATH=/x"}), Paths({"/a/b"}));
  EXPECT_EQ(CandidatePaths("a/b", {"PATH=/x"}), Paths({"a/b"}));
  EXPECT_EQ(CandidatePaths("b", {"A=1", "PATH=/x::/y:"}), Paths({"/x/b", "./b", "/y/b", "./b"}));
  EXPECT_EQ(CandidatePaths("b", {"PATH="}), Paths({"./b"}));
  EXPECT_EQ(CandidatePaths("b", {"XPATH=/x"}).front(), "/usr/local/sbin/b");
}

TEST(DescribeExit, SaysWhatHappened) {
  EXPECT_EQ(DescribeExit(3 << 8), "exited with 3");
  EXPECT_EQ(DescribeExit(SIGKILL), "killed by SIGKILL");
  EXPECT_EQ(DescribeExit(SIGSEGV | 0x80), "killed by SIGSEGV (core dumped)");
  EXPECT_EQ(DescribeExit(40), "killed by signal 40");
  EXPECT_EQ(DescribeExit(SIGSYS), "killed by SIGSYS");
  EXPECT_EQ(DescribeFilteredExit(SIGSYS),
            "killed by SIGSYS: the seccomp filter killed a system call; the kernel log's audit "
            "record (type=1326) names it");
  EXPECT_EQ(DescribeExit(159 << 8), "exited with 159");
  EXPECT_EQ(DescribeFilteredExit(159 << 8),
            "exited with 159, as a shell does whose command SIGSYS has killed: a system call that "
            "the seccomp filter kills, if so");
  EXPECT_EQ(DescribeFilteredExit(3 << 8), "exited with 3");
}

TEST_F(LaunchTest, ReturnsTheExitStatus) {
  EXPECT_EQ(DescribeExit(RunToEnd(Command({"true"})).status), "exited with 0");
  EXPECT_EQ(DescribeExit(RunToEnd(Command({"false"})).status), "exited with 1");
  EXPECT_EQ(DescribeExit(RunToEnd(Shell("exit 42")).status), "exited with 42");
  EXPECT_EQ(DescribeExit(RunToEnd(Shell("kill -TERM $$")).status), "killed by SIGTERM");
}

TEST_F(LaunchTest, PassesArgumentsEnvironmentAndFolder) {
  Spec spec = Shell("echo \"$0|$1|$2\"; env; pwd");
  spec.argv.insert(spec.argv.end(), {"zero", "a b", ""});
  spec.environment = {"PATH=/usr/bin:/bin", "GREETING=hello there"};
  spec.working_directory = "/usr/bin";
  const std::string output = RunToEnd(spec).output;
  EXPECT_TRUE(output.starts_with("zero|a b|\n")) << output;
  EXPECT_NE(output.find("\nGREETING=hello there\n"), std::string::npos) << output;
  EXPECT_EQ(output.find("HOME="), std::string::npos) << output;
  EXPECT_TRUE(output.ends_with("/usr/bin\n")) << output;
}

TEST_F(LaunchTest, TellsNotFoundFromNotExecutable) {
  const LaunchError missing = FailedLaunch(Command({"no-such-command"}));
  EXPECT_EQ(missing.failure, Failure::kNotFound);
  EXPECT_EQ(missing.error.code, schema::ErrorCode::kNotFound);
  EXPECT_EQ(
      missing.error.message,
      "execute no-such-command (execve): No such file or directory: it is in no folder of the "
      "container's PATH");
  EXPECT_EQ(FailedLaunch(Command({"/no/such/command"})).failure, Failure::kNotFound);
  EXPECT_EQ(FailedLaunch(Command({"/etc/passwd/x"})).failure, Failure::kNotFound);

  const LaunchError denied = FailedLaunch(Command({"/etc/passwd"}));
  EXPECT_EQ(denied.failure, Failure::kNotExecutable);
  EXPECT_EQ(denied.step, Step::kExecute);
  EXPECT_EQ(denied.error.system_errno, EACCES);
  EXPECT_EQ(FailedLaunch(Command({"/etc"})).failure, Failure::kNotExecutable);
}

TEST_F(LaunchTest, SearchesOnPastAFileThatMayNotBeExecuted) {
  const std::filesystem::path folder = testing::TempDir() + "launch_path";
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "true") << "no program";
  std::ofstream(folder / "only-here") << "no program";
  Spec spec = Command({"true"});
  spec.environment = {"PATH=" + folder.string() + ":/usr/bin:/bin"};
  EXPECT_EQ(RunToEnd(spec).status, 0);
  spec.command = "only-here";
  EXPECT_EQ(FailedLaunch(spec).failure, Failure::kNotExecutable);
  std::filesystem::permissions(folder / "only-here", std::filesystem::perms::all);
  const LaunchError no_format = FailedLaunch(spec);
  EXPECT_EQ(no_format.failure, Failure::kNotExecutable);
  EXPECT_EQ(no_format.error.system_errno, ENOEXEC);
  std::filesystem::remove_all(folder);
}

TEST_F(LaunchTest, RefusesASpecThatContradictsItself) {
  Spec spec = Command({"true"});
  spec.argv.push_back(std::string("a\0b", 3));
  EXPECT_EQ(FailedLaunch(spec).error.message, "argv has a NUL byte in it");
  spec = Command({"true"});
  spec.command.clear();
  EXPECT_EQ(FailedLaunch(spec).error.message, "the command is empty");
  spec = Command({"true"});
  spec.ambient.Add(0);
  EXPECT_EQ(FailedLaunch(spec).error.message,
            "ambient capabilities outside the bounding set: CAP_CHOWN");
  spec = Command({"true"});
  spec.user = User{static_cast<uid_t>(-1), 0, {}};
  EXPECT_EQ(FailedLaunch(spec).error.code, schema::ErrorCode::kInvalid);
  spec = Command({"true"});
  spec.filter.emplace();
  EXPECT_EQ(FailedLaunch(spec).step, Step::kPrepare);
  spec = Command({"true"});
  spec.stdio[1] = 999;
  EXPECT_EQ(FailedLaunch(spec).error.message,
            "duplicate standard output (descriptor 999): Bad file descriptor");
}

TEST_F(LaunchTest, NamesTheStepThatFailed) {
  Spec spec = Command({"true"});
  spec.working_directory = "/no/such/folder";
  const LaunchError error = FailedLaunch(spec);
  EXPECT_EQ(error.failure, Failure::kSetup);
  EXPECT_EQ(error.step, Step::kWorkingDirectory);
  EXPECT_EQ(error.error.message,
            "enter the working directory /no/such/folder (chdir): No such file or directory");
}

TEST_F(LaunchTest, NoOtherDescriptorReachesTheProgram) {
  const Descriptor careless(dup2(STDERR_FILENO, 100));  // not close-on-exec
  ASSERT_TRUE(careless);
  // 3 is of ls itself.
  EXPECT_EQ(RunToEnd(Command({"ls", "/proc/self/fd"})).output, "0\n1\n2\n3\n");
}

TEST_F(LaunchTest, MarksInheritedDescriptors) {
  const Descriptor careless(dup2(STDERR_FILENO, 100));
  ASSERT_EQ(fcntl(100, F_GETFD), 0);
  ASSERT_TRUE(MarkInheritedCloseOnExec());
  EXPECT_EQ(fcntl(100, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(fcntl(STDERR_FILENO, F_GETFD), 0);
}

TEST_F(LaunchTest, StandardStreamsMaySwapPlaces) {
  const bool swapped = InFork([] {
    const int folder = open("/", O_RDONLY);
    if (dup2(folder, 1) != 1) return false;
    Spec spec = Shell("readlink /proc/self/fd/0 >&2; test \"$(readlink /proc/$$/fd/0)\" = /");
    spec.stdio = {1, 0, kNullDevice};
    const LaunchResult process = Launch(spec);
    return process && process->Wait().value() == 0;
  });
  EXPECT_TRUE(swapped);
}

TEST_F(LaunchTest, WorksWithoutStandardStreams) {
  EXPECT_TRUE(InFork([] {
    for (int i = 0; i < 3; ++i) close(i);
    Spec spec = Shell("test \"$(readlink /proc/$$/fd/2)\" = /dev/null");
    spec.stdio = {kNullDevice, kNullDevice, kNullDevice};
    const LaunchResult process = Launch(spec);
    return process && process->Wait().value() == 0;
  }));
}

// Before the program can look, or set its own.
TEST_F(LaunchTest, ATerminalIsLikeTheOneThatItStandsInFor) {
  const Descriptor screen(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(grantpt(screen.number()) + unlockpt(screen.number()), 0);
  const Descriptor ours(open(ptsname(screen.number()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const winsize size = {43, 132, 0, 0};
  ASSERT_EQ(ioctl(screen.number(), TIOCSWINSZ, &size), 0);
  termios settings = {};
  ASSERT_EQ(tcgetattr(ours.number(), &settings), 0);
  settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  settings.c_cc[VINTR] = 7;
  ASSERT_EQ(tcsetattr(ours.number(), TCSANOW, &settings), 0);
  Spec spec = Command({"sleep", "100"});
  spec.stdio = {ours.number(), ours.number(), ours.number()};
  spec.terminal = {true, true, true};
  auto process = Launch(spec);
  ASSERT_TRUE(process) << process.error().error.message;
  winsize its_size = {};
  termios its_settings = {};
  EXPECT_EQ(ioctl(process->terminal().number(), TIOCGWINSZ, &its_size), 0);
  EXPECT_EQ(tcgetattr(process->terminal().number(), &its_settings), 0);
  EXPECT_EQ(its_size.ws_row, 43);
  EXPECT_EQ(its_size.ws_col, 132);
  EXPECT_EQ(its_settings.c_lflag, settings.c_lflag);
  EXPECT_EQ(its_settings.c_cc[VINTR], 7);
  ASSERT_TRUE(process->Signal(SIGKILL));
  ASSERT_TRUE(process->Wait());
}

TEST_F(LaunchTest, ResetsSignals) {
  sigset_t blocked;
  sigset_t old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &old);
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  const std::string status = RunToEnd(Command({"cat", "/proc/self/status"})).output;
  EXPECT_EQ(Field(status, "SigBlk"), "0000000000000000");
  EXPECT_EQ(Field(status, "SigIgn"), "0000000000000000");
  sigset_t now;
  sigprocmask(SIG_SETMASK, &old, &now);
  EXPECT_TRUE(sigismember(&now, SIGUSR1)) << "the launcher's own mask must come back";
  EXPECT_FALSE(sigismember(&now, SIGUSR2));
  std::signal(SIGPIPE, old_handler);
}

TEST_F(LaunchTest, StartsASession) {
  const std::string stat = RunToEnd(Shell("cat /proc/$$/stat; true")).output;
  int pid = 0;
  int group = 0;
  int session = 0;
  ASSERT_EQ(std::sscanf(stat.c_str(), "%d (%*[^)]) %*c %*d %d %d", &pid, &group, &session), 3);
  EXPECT_EQ(pid, group);
  EXPECT_EQ(pid, session);
}

TEST_F(LaunchTest, ThePidfdSignalsAndTellsTheEnd) {
  const LaunchResult process = Launch(Command({"sleep", "100"}));
  ASSERT_TRUE(process);
  pollfd poll_fd = {process->pidfd(), POLLIN, 0};
  EXPECT_EQ(poll(&poll_fd, 1, 0), 0);
  ASSERT_TRUE(process->Signal(SIGTERM));
  EXPECT_EQ(poll(&poll_fd, 1, 10000), 1);
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGTERM");
  EXPECT_EQ(process->Signal(SIGTERM).error().system_errno, ESRCH);
  EXPECT_EQ(process->Wait().error().system_errno, ECHILD);
}

TEST_F(LaunchTest, ManyLaunchesLeaveNothing) {
  const Holdings before = Holdings::Now();
  for (int i = 0; i < 200; ++i) {
    const LaunchResult process = Launch(Command({i % 2 == 0 ? "true" : "no-such-command"}));
    ASSERT_EQ(process.has_value(), i % 2 == 0);
    if (process) {
      ASSERT_EQ(process->Wait().value(), 0);
    }
  }
  EXPECT_EQ(before, Holdings::Now());
}

TEST_F(LaunchTest, FromManyThreads) {
  const Holdings before = Holdings::Now();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&good, i] {
      for (int j = 0; j < 20; ++j) {
        Spec spec = Command({"/bin/sh", "-c", "exit " + std::to_string(i)});
        spec.namespaces.pid = j % 4 == 0;
        // Malloc at work in all threads, so that its locks are held at many a clone.
        const LaunchResult process = Launch(spec);
        if (process && process->Wait().value() == i << 8) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
  EXPECT_EQ(before, Holdings::Now());
}

}  // namespace
}  // namespace runtime::launch
