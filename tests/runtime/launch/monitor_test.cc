// The monitor: what is left of a launcher that has died.

#include <dirent.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "runtime/launch/ending.h"
#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;

class MonitorTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    if (folder_.empty()) return;
    open_folder_ = Descriptor(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  Spec Monitored(Spec spec) const {
    spec.monitor = Monitor{open_folder_.number(), "status"};
    return spec;
  }

  std::optional<Ending> Read() const { return ReadEnding(open_folder_.number(), "status").value(); }

  std::size_t FileCount() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::optional<Ending> Await() const {
    for (int i = 0; i < 1000 && !Read(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return Read();
  }

  Descriptor open_folder_;
};

TEST_F(MonitorTest, WritesTheStatusDown) {
  const auto begin = time(nullptr);
  for (const bool init : {false, true}) {
    for (const auto& [script, words] :
         {std::pair("exit 7", "exited with 7"), std::pair("kill -TERM $$", "killed by SIGTERM")}) {
      Spec spec = Monitored(Shell(script));
      spec.namespaces.pid = spec.init = init;
      EXPECT_EQ(DescribeExit(RunToEnd(spec).status), words) << init;
      const std::optional<Ending> ending = Read();
      ASSERT_TRUE(ending);
      EXPECT_EQ(DescribeExit(ending->status), words);
      EXPECT_GE(ending->time.tv_sec, begin);
      EXPECT_LE(ending->time.tv_sec, time(nullptr) + 1);  // of a coarser clock, a tick behind
      EXPECT_EQ(FileCount(), 1U);
      fs::remove(folder_ / "status");
    }
  }
}

TEST_F(MonitorTest, TellsThatTheFilterKilled) {
  for (const bool init : {false, true}) {
    Spec spec = Monitored(Command({"uname"}));
    spec.namespaces.pid = spec.init = init;
    spec.filter = FilterOn({SYS_uname}, SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(RunToEnd(spec).status & 0x7f, SIGSYS);
    EXPECT_EQ(Read()->status & 0x7f, SIGSYS);
    fs::remove(folder_ / "status");
  }
}

// A launcher that is killed: the container lives on, and its end is found.
TEST_F(MonitorTest, OutlivesTheLauncher) {
  for (const bool init : {false, true}) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const Descriptor read_end(ends[0]);
    Descriptor write_end(ends[1]);
    const fs::path go = folder_ / "go";
    const pid_t launcher = fork();
    if (launcher == 0) {
      Spec spec =
          Monitored(Shell("while ! [ -e " + go.string() + " ]; do sleep 0.02; done; exit 9"));
      spec.namespaces.pid = spec.init = init;
      spec.parent_death_signal = SIGKILL;  // of the monitor's death
      const LaunchResult process = Launch(spec);
      if (!process || !process->monitor()) _exit(1);
      const std::array<pid_t, 2> pids = {process->monitor()->pid, process->pid()};
      if (write(write_end.number(), pids.data(), sizeof(pids)) < 0) _exit(2);
      pause();
    }
    write_end.Close();
    std::array<pid_t, 2> pids = {};
    ASSERT_EQ(read(read_end.number(), pids.data(), sizeof(pids)), sizeof(pids));
    kill(launcher, SIGKILL);
    waitpid(launcher, nullptr, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(Read());
    EXPECT_EQ(kill(pids[0], 0), 0) << "the monitor lives";
    EXPECT_EQ(kill(pids[1], 0), 0) << "the container lives";
    kill(pids[0], SIGTERM);  // no effect
    std::ofstream(go.string()) << "";
    const std::optional<Ending> ending = Await();
    ASSERT_TRUE(ending);
    EXPECT_EQ(DescribeExit(ending->status), "exited with 9");
    fs::remove(folder_ / "status");
    fs::remove(go);
  }
}

TEST_F(MonitorTest, HoldsFourDescriptorsAndNoFolder) {
  Spec spec = Monitored(Command({"sleep", "100"}));
  spec.namespaces.pid = spec.init = true;
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process);
  const std::string proc = "/proc/" + std::to_string(process->monitor()->pid);
  std::size_t count = 99;
  for (int i = 0; i < 1000 && count != 3; ++i) {  // it may be a little behind
    count = static_cast<std::size_t>(
        std::distance(fs::directory_iterator(proc + "/fd"), fs::directory_iterator()));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(count, 3U) << "init's status, the file, its folder";
  EXPECT_EQ(fs::read_symlink(proc + "/cwd"), "/");
  ASSERT_TRUE(process->Signal(SIGKILL));
  pollfd poll_fd = {process->end_pidfd(), POLLIN, 0};
  EXPECT_EQ(poll(&poll_fd, 1, 5000), 1);
  EXPECT_TRUE(Read()) << "there before the monitor ends";
  EXPECT_EQ(DescribeExit(process->Wait().value()), "killed by SIGKILL");
}

TEST_F(MonitorTest, AFailedLaunchLeavesNoFile) {
  for (const bool init : {false, true}) {
    for (const char* command : {"no-such-command", "/etc/passwd"}) {
      Spec spec = Monitored(Command({command}));
      spec.namespaces.pid = spec.init = init;
      EXPECT_EQ(FailedLaunch(spec).step, Step::kExecute);
      EXPECT_EQ(FileCount(), 0U);
    }
    Spec spec = Monitored(Command({"true"}));
    spec.namespaces.pid = spec.init = init;
    spec.filter = FilterOn({SYS_execve}, SECCOMP_RET_KILL_PROCESS);
    EXPECT_NE(FailedLaunch(spec).error.message.find("the filter kills execve"), std::string::npos);
    spec.filter.reset();
    spec.late_filter = [] { return schema::Error{schema::ErrorCode::kInvalid, "no good", 0}; };
    EXPECT_EQ(FailedLaunch(spec).error.message, "no good");
    EXPECT_EQ(FileCount(), 0U);
  }
  Spec spec = Monitored(Command({"true"}));
  spec.monitor->name = "a/b";
  EXPECT_EQ(FailedLaunch(spec).error.code, schema::ErrorCode::kInvalid);
}

TEST_F(MonitorTest, AKilledMonitorIsToldFromAnEnd) {
  const LaunchResult process = Launch(Monitored(Command({"sleep", "100"})));
  ASSERT_TRUE(process);
  kill(process->monitor()->pid, SIGKILL);
  EXPECT_EQ(process->Wait().error().message, "the container's monitor was killed");
  ASSERT_TRUE(process->Signal(SIGKILL));  // by its pidfd, still
}

TEST_F(MonitorTest, ManyLaunchesLeaveNothing) {
  const Holdings before = Holdings::Now();
  for (int i = 0; i < 100; ++i) {
    Spec spec = Monitored(Command({i % 2 == 0 ? "true" : "no-such-command"}));
    spec.namespaces.pid = spec.init = i % 3 == 0;
    const LaunchResult process = Launch(spec);
    ASSERT_EQ(process.has_value(), i % 2 == 0);
    if (process) {
      ASSERT_EQ(process->Wait().value(), 0);
      fs::remove(folder_ / "status");
    }
  }
  EXPECT_EQ(before, Holdings::Now());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(FileCount(), 0U);
}

TEST_F(MonitorTest, AForeignFileIsNoEnding) {
  std::ofstream(folder_ / "status") << "256 17.000000001\nmore";
  EXPECT_EQ(ReadEnding(open_folder_.number(), "status").error().code, schema::ErrorCode::kInvalid);
  for (const char* text : {"", "256", "256 17.5", "x 1.2\n", "1 2.3\n\n"}) {
    std::ofstream(folder_ / "status") << text;
    EXPECT_FALSE(ReadEnding(open_folder_.number(), "status")) << text;
  }
  std::ofstream(folder_ / "status") << "256 17.000000001\n";
  EXPECT_EQ(Read()->status, 256);
  EXPECT_EQ(Read()->time.tv_nsec, 1);
  EXPECT_TRUE(Read()->has_begun);
  std::ofstream(folder_ / "status") << "never begun: 512 17.000000001\n";
  EXPECT_EQ(Read()->status, 512);
  EXPECT_FALSE(Read()->has_begun);
  std::ofstream(folder_ / "status") << "never begun: ";
  EXPECT_FALSE(ReadEnding(open_folder_.number(), "status"));
}

}  // namespace
}  // namespace runtime::launch
