// What the agent has given up after its start, and that its containers get none of that.

#include "runtime/agent/confinement.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "runtime/isolator/isolator.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// /proc/[pid]/status and its like.
std::map<std::string, std::string> StatusOf(const fs::path& folder) {
  std::map<std::string, std::string> fields;
  std::ifstream file(folder / "status");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return fields;
}

class ConfinementTest : public AgentTest {
 protected:
  std::vector<std::map<std::string, std::string>> Threads() const {
    std::vector<std::map<std::string, std::string>> threads;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(agent_) + "/task")) {
      threads.push_back(StatusOf(task.path()));
    }
    return threads;
  }
};

TEST_F(ConfinementTest, TheThreadsOfClientsAndOfTheLogAlone) {
  auto flags = Flags("linux/seccomp");
  flags.emplace_back("--seccomp_profile_name=default.json");
  // No file, to which the log would be written without a thread for it.
  Spawn({flags, {}, [] { dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2); }});
  ASSERT_TRUE(Eventually([&] { return Client(Socket()).error() == 0; }));
  const auto ours = StatusOf("/proc/self");
  int confined = 0;
  int launching = 0;
  for (auto& thread : Threads()) {
    if (thread["NoNewPrivs"] == "1") {
      ++confined;
      EXPECT_EQ(thread["Seccomp"], "2");
      for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"}) {
        EXPECT_EQ(thread[set], "0000000000000000") << set;
      }
    } else {
      ++launching;
      EXPECT_EQ(thread["Seccomp"], ours.at("Seccomp"));
      EXPECT_EQ(thread["CapEff"], ours.at("CapEff"));
    }
  }
  EXPECT_EQ(confined, 3);   // two of clients, one of the log
  EXPECT_GE(launching, 5);  // one of events, four that launch; sanitizers have their own
}

TEST_F(ConfinementTest, ContainersGetTheirOwnFilterAlone) {
  const auto ours = StatusOf("/proc/self");
  if (!ours.contains("Seccomp_filters")) GTEST_SKIP() << "needs Linux 5.9";
  Serve();
  const std::string show = "grep -E '^(NoNewPrivs|Seccomp_filters)' /proc/self/status; ulimit -c";
  const int outside = std::stoi(ours.at("Seccomp_filters"));
  const auto expected = [&](int own) {
    return "NoNewPrivs:\t0\nSeccomp_filters:\t" + std::to_string(outside + own) + '\n';
  };
  // With a client's thread busy at the same moment, too: no launch starts from one.
  for (const char* id : {"a", "b", "c"}) EXPECT_HAS(Run(id, show), expected(1));
  EXPECT_HAS(Run("d", show, WithSeccomp(R"({"unconfined": true})")), expected(0));
}

TEST_F(ConfinementTest, KillsContainersOfOtherUsers) {
  Serve();
  const Reply launched = Call(
      R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "a"},
          "command": {"value": "exec sleep 1000", "user": "nobody"}}})");
  ASSERT_EQ(launched.status, 200) << launched.body;
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(Wait("a").at("exit_status").as_int64(), SIGKILL);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 404);
}

// An agent that cannot give up its privileges does not start with them.
TEST_F(ConfinementTest, RefusesToStartUnconfined) {
  const auto target = isolator::HostTarget();
  ASSERT_TRUE(target);
  const auto outer = isolator::MakeFilter("outer", Denying(R"("capset")"), *target, {});
  ASSERT_TRUE(outer) << outer.error().message;
  auto flags = Flags("linux/seccomp");
  flags.emplace_back("--seccomp_profile_name=default.json");
  const Exit exit = Refused(
      {flags, {}, [&] {
         std::vector<sock_filter> program = outer->program;
         const sock_fprog loaded = {static_cast<unsigned short>(program.size()), program.data()};
         if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) != 0) {
           _exit(97);
         }
       }});
  EXPECT_HAS(exit.err, "giving up the capabilities of a thread: capset");
  EXPECT_FALSE(fs::exists(Socket()));
}

// What `act` returns in a process that is confined, or the signal that ended it, negative.
template <class Act>
int Confined(Act act) {
  const auto filter = MakeClientFilter();
  EXPECT_TRUE(filter) << filter.error().message;
  if (!filter) return -1;
  const pid_t child = fork();
  if (child == 0) {
    if (!HideProcess() || prctl(PR_GET_DUMPABLE) != 0) _exit(98);
    if (!ConfineThread(*filter)) _exit(99);
    _exit(act());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST_F(ConfinementTest, WhatIsDenied) {
  const auto denied = [](auto act) { return Confined([&] { return act() < 0 ? errno : 0; }); };
  EXPECT_EQ(denied([] { return syscall(SYS_getpid) > 0 ? 0 : -1; }), 0);
  EXPECT_EQ(denied([] { return mount("none", "/mnt", "tmpfs", 0, nullptr); }), EPERM);
  EXPECT_EQ(denied([] { return open("/etc/passwd", O_RDONLY); }), EPERM);
  EXPECT_EQ(denied([] { return socket(AF_INET, SOCK_STREAM, 0); }), EPERM);
  EXPECT_EQ(denied([] { return kill(getppid(), 0); }), EPERM);
  EXPECT_EQ(denied([] { return syscall(SYS_unshare, 0); }), EPERM);
  EXPECT_EQ(denied([] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }), EPERM);
  EXPECT_EQ(Confined([] { return execl("/bin/true", "true", nullptr); }), -SIGSYS);
}

}  // namespace
}  // namespace runtime::agent
