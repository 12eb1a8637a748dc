// Process 1 of a pid namespace.

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

using schema::kernel::CapabilitySet;

Spec UnderInit(Spec spec) {
  spec.namespaces.pid = true;
  spec.init = true;
  return spec;
}

class InitTest : public KernelTest {};

TEST_F(InitTest, TheStatusIsTheProgramsOwn) {
  EXPECT_EQ(DescribeExit(RunToEnd(UnderInit(Shell("exit 42"))).status), "exited with 42");
  EXPECT_EQ(DescribeExit(RunToEnd(UnderInit(Shell("exit 143"))).status), "exited with 143");
  EXPECT_EQ(DescribeExit(RunToEnd(UnderInit(Shell("kill -TERM $$"))).status), "killed by SIGTERM");
  Spec killed = UnderInit(Command({"uname"}));
  killed.filter = FilterOn({SYS_uname}, SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(RunToEnd(killed).status & 0x7f, SIGSYS);
}

TEST_F(InitTest, AFailureIsToldAsWithoutIt) {
  EXPECT_EQ(FailedLaunch(UnderInit(Command({"no-such-command"}))).failure, Failure::kNotFound);
  EXPECT_EQ(FailedLaunch(UnderInit(Command({"/etc/passwd"}))).failure, Failure::kNotExecutable);
  Spec spec = UnderInit(Command({"true"}));
  spec.working_directory = "/no/such/folder";
  EXPECT_EQ(FailedLaunch(spec).step, Step::kWorkingDirectory);
  spec = UnderInit(Command({"true"}));
  spec.filter = FilterOn({SYS_execve}, SECCOMP_RET_KILL_PROCESS);
  EXPECT_NE(FailedLaunch(spec).error.message.find("the filter kills execve"), std::string::npos);
  spec.filter = FilterOn({SYS_execve, SYS_write}, SECCOMP_RET_ERRNO | EPERM);
  EXPECT_NE(FailedLaunch(spec).error.message.find("denies write as well"), std::string::npos);
  spec = Command({"true"});
  spec.init = true;
  EXPECT_EQ(FailedLaunch(spec).error.message, "init needs a pid namespace");
}

// To be told apart from a program that never started, however soon it ends.
TEST_F(InitTest, AProgramThatEndsAtOnceHasStarted) {
  const Holdings before = Holdings::Now();
  for (int i = 0; i < 200; ++i) ASSERT_EQ(RunToEnd(UnderInit(Command({"/bin/true"}))).status, 0);
  EXPECT_EQ(before, Holdings::Now());
}

TEST_F(InitTest, ReapsOrphans) {
  // Each inner shell leaves an orphan behind that ends at once; none may be left as a zombie.
  const std::string output =
      RunToEnd(UnderInit(Shell("for i in 1 2 3 4 5; do sh -c 'sleep 0 &'; done;"
                               "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05;"
                               "  grep -l '^State:.Z' /proc/[0-9]*/status || break;"
                               "done; echo \"ppid $PPID\"; echo done")))
          .output;
  EXPECT_TRUE(output.ends_with("ppid 1\ndone\n")) << output;
}

TEST_F(InitTest, PassesSignalsOn) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM}) {
    const LaunchResult process = Launch(UnderInit(Command({"sleep", "100"})));
    ASSERT_TRUE(process);
    ASSERT_TRUE(process->Signal(signal));
    EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by " + SignalName(signal));
  }
}

TEST_F(InitTest, SignalsReachAProgramOfAnotherUser) {
  Spec spec = UnderInit(Command({"sleep", "100"}));
  spec.user = User{65534, 65534, {}};
  spec.bounding = CapabilitySet();
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  ASSERT_TRUE(process->Signal(SIGTERM));
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGTERM");
}

TEST_F(InitTest, ItsEndIsTheContainersEnd) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Spec spec = UnderInit(Shell("sleep 100 & sleep 100"));
  spec.stdio[1] = write_end.number();
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  write_end.Close();
  ASSERT_TRUE(process->Signal(SIGKILL));
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGKILL");
  char byte = 0;
  EXPECT_EQ(read(read_end.number(), &byte, 1), 0);
}

TEST_F(InitTest, HoldsNothingOfTheProgram) {
  // What the program closes is closed: the pipe ends while it runs.
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  Spec spec = UnderInit(Shell("exec >&- 2>&-; sleep 100"));
  spec.stdio = {kNullDevice, write_end.number(), kNullDevice};
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  write_end.Close();
  pollfd poll_fd = {read_end.number(), POLLIN, 0};
  EXPECT_EQ(poll(&poll_fd, 1, 5000), 1);
  ASSERT_TRUE(process->Signal(SIGKILL));
  ASSERT_TRUE(process->Wait());
}

TEST_F(InitTest, CanDoLittleAndIsHidden) {
  Spec spec = UnderInit(Shell("cat /proc/1/status; stat -c %U /proc/1/mem; ls /proc/1/fd | wc -l"));
  const std::string output = RunToEnd(spec).output;
  EXPECT_EQ(Field(output, "CapPrm"), "0000000000000020") << output;  // CAP_KILL
  EXPECT_EQ(Field(output, "CapEff"), "0000000000000020");
  EXPECT_TRUE(output.ends_with("\n1\n")) << output;  // where it tells the status
  // Its memory is a copy of the launcher's.
  spec = UnderInit(Shell("head -c 1 /proc/1/mem; readlink /proc/1/exe"));
  spec.bounding = CapabilitySet::Docker();
  const std::string denied = RunToEnd(spec).output;
  EXPECT_NE(denied.find("Permission denied"), std::string::npos) << denied;
}

TEST_F(InitTest, TheProgramLeadsItsOwnGroup) {
  const std::string stat = RunToEnd(UnderInit(Shell("cat /proc/$$/stat; true"))).output;
  EXPECT_TRUE(stat.starts_with("2 (sh) ")) << stat;
  EXPECT_EQ(stat.substr(9, 6), "1 2 1 ") << stat;  // ppid, group, session
}

}  // namespace
}  // namespace runtime::launch
