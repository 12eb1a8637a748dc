// Filters with a listener: SCMP_ACT_NOTIFY.

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "runtime/launch/wait.h"
#include "tests/runtime/launch/launched.h"
#include "tests/runtime/launch/notify_handler.h"
#include "tests/runtime/launch/notify_ways.h"

namespace runtime::launch {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using schema::filter::Filter;

class NotifyTest : public KernelTest {};

TEST_F(NotifyTest, TellsTheListenerOfTheContainer) {
  const NotifyHandler handler;
  Spec spec = Command({"sleep", "100"});
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  spec.filter->listener->metadata = "a \"word\"\n\u00e9";
  spec.state = {"web/1", "/srv/web", {{"team", "blue"}}};
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process) << process.error().error.message;
  const json::value message = json::parse(handler.Messages().at(0));
  const json::value expected = {{"ociVersion", "1.1.0"},
                                {"fds", json::array{"seccompFd"}},
                                {"pid", process->pid()},
                                {"metadata", "a \"word\"\n\u00e9"},
                                {"state",
                                 {{"ociVersion", "1.1.0"},
                                  {"id", "web/1"},
                                  {"status", "creating"},
                                  {"pid", process->pid()},
                                  {"bundle", "/srv/web"},
                                  {"annotations", {{"team", "blue"}}}}}};
  EXPECT_EQ(message, expected);
  (void)process->Signal(SIGKILL);
  (void)process->Wait();
  spec.filter->listener->metadata.clear();
  spec.state.annotations.clear();
  (void)RunToEnd([&] {
    spec.argv = {"sleep", "0"};
    return spec;
  }());
  const json::value short_message = json::parse(handler.Messages(2).at(1));
  EXPECT_FALSE(short_message.as_object().contains("metadata"));
  EXPECT_FALSE(short_message.at("state").as_object().contains("annotations"));
}

// With init the program is not the container's first process.
TEST_F(NotifyTest, ThePidIsTheProgramsInOurNamespace) {
  const NotifyHandler handler;
  Spec spec = Command({"sleep", "100"});
  spec.namespaces.pid = spec.init = true;
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  const LaunchResult process = Launch(spec);
  ASSERT_TRUE(process) << process.error().error.message;
  const auto pid = json::parse(handler.Messages().at(0)).at("pid").as_int64();
  EXPECT_NE(pid, process->pid());
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  const std::string status{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(Field(status, "Name"), "sleep");
  EXPECT_EQ(Field(status, "PPid"), std::to_string(process->pid()));
  EXPECT_EQ(Field(status, "Threads"), "1");
  (void)process->Signal(SIGKILL);
  (void)process->Wait();
}

TEST_F(NotifyTest, TheListenerDecides) {
  using Kind = Answer::Kind;
  const auto output = [](const Answer& answer, Spec spec) {
    const NotifyHandler handler([answer](const seccomp_notif&) { return answer; });
    spec.filter = AskingAbout({SYS_uname, SYS_geteuid}, handler.path());
    return RunToEnd(spec).output;
  };
  EXPECT_EQ(output({Kind::kContinue}, Command({"uname", "-s"})), "Linux\n");
  EXPECT_NE(output({Kind::kReturn, EXDEV}, Command({"uname", "-s"})).find("Invalid cross-device"),
            std::string::npos);
  EXPECT_EQ(output({Kind::kReturn, 0, 4711}, Command({"id", "-u"})), "4711\n");
  EXPECT_NE(output({Kind::kDie}, Command({"uname", "-s"})).find("not implemented"),
            std::string::npos)
      << "the launcher holds no copy";
}

TEST_F(NotifyTest, InEveryWayOfLaunching) {
  const NotifyHandler handler;
  Spec spec = Command({"uname", "-s"});
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  InEveryWay(spec, [](const Spec& way) { EXPECT_EQ(RunToEnd(way).output, "Linux\n"); });
  spec.filter =
      AskingAbout({SYS_execve, SYS_write, SYS_close, SYS_exit_group, SYS_exit}, handler.path());
  InEveryWay(spec, [](const Spec& way) { EXPECT_EQ(RunToEnd(way).output, "Linux\n"); });
  spec.filter = AskingAboutAll(handler.path());
  InEveryWay(spec, [](const Spec& way) { EXPECT_EQ(RunToEnd(way).output, "Linux\n"); });
  EXPECT_EQ(handler.Messages(3 * WayCount()).size(), 3 * WayCount());
}

TEST_F(NotifyTest, TheProgramGetsNoDescriptorAndNoThread) {
  const NotifyHandler handler;
  Spec spec = Shell("echo /proc/self/fd/*; grep Threads /proc/self/status");
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  InEveryWay(spec, [](const Spec& way) {
    const std::string output = RunToEnd(way).output;
    // 3: the shell's own, of the folder.
    EXPECT_TRUE(
        output.starts_with("/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n"))
        << output;
    EXPECT_NE(output.find("Threads:\t1\n"), std::string::npos) << output;
  });
}

TEST_F(NotifyTest, ALongPathIsAsGood) {
  const NotifyHandler handler;
  std::string path = fs::path(handler.path()).parent_path();
  for (int i = 0; i < 100; ++i) path += "/.";
  Spec spec = Command({"uname", "-s"});
  spec.filter = AskingAbout({SYS_uname}, path + "/socket");
  EXPECT_EQ(RunToEnd(spec).output, "Linux\n");
}

TEST_F(NotifyTest, DoesWithoutTheGate) {
  const NotifyHandler handler;
  EXPECT_TRUE(InFork([&] {
    Filter around = FilterOn({SYS_userfaultfd}, SECCOMP_RET_ERRNO | EPERM);
    const sock_fprog program = {static_cast<unsigned short>(around.program.size()),
                                around.program.data()};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return false;
    Spec spec = Command({"true"});
    spec.filter = AskingAboutAll(handler.path());
    const LaunchResult process = Launch(spec);
    return process && process->Wait().value() == 0;
  }));
}

TEST_F(NotifyTest, ManyAtOnceLeaveNothing) {
  const NotifyHandler handler;
  const Holdings before = Holdings::Now();
  constexpr int kLaunches = 20;
  std::array<int, kLaunches> statuses = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < kLaunches; ++i) {
    threads.emplace_back([&, i] {
      Spec spec = Shell("test $(uname) = Linux && exit 7");
      spec.namespaces.pid = i % 2 == 0;
      spec.init = i % 4 == 0;
      spec.filter =
          i % 3 == 0 ? AskingAboutAll(handler.path()) : AskingAbout({SYS_uname}, handler.path());
      const LaunchResult process = Launch(spec);
      statuses.at(static_cast<std::size_t>(i)) = process ? process->Wait().value() : -1;
      if (!process) ADD_FAILURE() << process.error().error.message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int status : statuses) EXPECT_EQ(DescribeExit(status), "exited with 7");
  EXPECT_EQ(before, Holdings::Now());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
  EXPECT_EQ(handler.Messages(kLaunches).size(), std::size_t{kLaunches});
}

TEST_F(NotifyTest, TakesTheFlagOfAListener) {
  const NotifyHandler handler;
  Spec spec = Command({"uname", "-s"});
  spec.filter = AskingAbout({SYS_uname}, handler.path());
  spec.filter->flags |= SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_LOG;
  // A kernel that knows them looks at the program, which lies nowhere.
  const long loaded = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                              spec.filter->flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, nullptr);
  ASSERT_EQ(loaded, -1);
  if (errno == EINVAL) GTEST_SKIP() << "needs Linux 5.19";
  EXPECT_EQ(RunToEnd(spec).output, "Linux\n");
}

}  // namespace
}  // namespace runtime::launch
