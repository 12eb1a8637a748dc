// --isolation=cgroups/all: on this machine's own cgroup2 mount, and without one.

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "runtime/launch/cgroup.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr const char* kIsolation = "linux/seccomp,cgroups/all";
constexpr const char* kNone = "no cgroup v2 is mounted";

// Where the machine's first cgroup2 is mounted; empty: nowhere.
std::string CgroupMount() {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    return word;
  }
  return "";
}

// For the agent alone: no cgroup2 is mounted.
void Unmount() {
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    _exit(98);
  }
  for (std::string path = CgroupMount(); !path.empty(); path = CgroupMount()) {
    if (umount2(path.c_str(), MNT_DETACH) != 0) _exit(98);
  }
}

class CgroupsTest : public AgentTest {
 protected:
  // After SetUp: the tests without a mount need none.
  bool HasCgroups() const {
    return launch::Cgroup::Create("cgroups_test-" + std::to_string(getpid()), {}).has_value();
  }

  // The container's cgroup as its process `pid` sees it; empty: it has none of the agent's.
  static std::string CgroupOf(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cgroup");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("0::/seccomp-agent-")) return line.substr(4);
    }
    return "";
  }

  pid_t PidIn(const std::string& name) const {
    pid_t pid = 0;
    EXPECT_TRUE(Eventually([&] { return bool(std::ifstream(folder_ / name) >> pid); }));
    return pid;
  }

  static fs::path PathOf(const std::string& cgroup) { return fs::path(CgroupMount()) / cgroup; }

  void KillAgent() {
    kill(agent_, SIGKILL);
    Join();
    fs::remove(folder_ / "err");
  }

  // Writes the shell's pid into the file NAME of our folder, and that of a process which leaves its
  // process group into NAME-away.
  std::string Leaving(const std::string& name) const {
    const std::string path = (folder_ / name).string();
    return "setsid sh -c 'echo $$ >" + path + "-away; exec sleep 1000' & while ! test -s " + path +
           "-away; do sleep 0.01; done; echo $$ >" + path + "; exec sleep 1000";
  }

  Reply LaunchWith(const std::string& members) const {
    return Call(
        R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "sized"},
            "command": {"value": "cat /proc/self/cgroup"}, )" +
        members + "}}");
  }

  // Neither a container nor its record, sandbox or cgroup.
  void ExpectNothingLeft() const {
    EXPECT_EQ(ContainerCount(), 0U);
    EXPECT_TRUE(fs::is_empty(folder_ / "run/containers"));
    EXPECT_FALSE(fs::exists(Sandbox("sized")));
    EXPECT_FALSE(AnyCgroup("-sized"));
  }

  static bool AnyCgroup(const std::string& end) {
    std::error_code gone;
    if (CgroupMount().empty()) return false;
    for (const auto& entry : fs::directory_iterator(CgroupMount(), gone)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("seccomp-agent-") && name.ends_with(end)) return true;
    }
    return false;
  }
};

#define NEEDS_CGROUPS() \
  if (!HasCgroups()) GTEST_SKIP() << "needs a writable cgroup v2"

TEST_F(CgroupsTest, TheEndOfItsLeaderIsTheEndOfAll) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  const pid_t leader = PidIn("a");
  const pid_t away = PidIn("a-away");
  const std::string cgroup = CgroupOf(leader);
  EXPECT_TRUE(cgroup.ends_with("-a")) << cgroup;
  EXPECT_EQ(CgroupOf(away), cgroup);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(Wait("a").at("state").as_string(), "TASK_KILLED");
  EXPECT_FALSE(fs::exists(PathOf(cgroup)));
  EXPECT_TRUE(Eventually([&] { return kill(away, 0) != 0; }));
}

// What the container itself has made of it goes, too.
TEST_F(CgroupsTest, InnerCgroupsGoWithIt) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  const pid_t leader = PidIn("a");
  const pid_t away = PidIn("a-away");
  const fs::path inner = PathOf(CgroupOf(leader)) / "in" / "ner";
  ASSERT_TRUE(fs::create_directories(inner));
  std::ofstream(inner / "cgroup.procs") << away << std::endl;
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  Wait("a");
  EXPECT_TRUE(Eventually([&] { return kill(away, 0) != 0; }));
  EXPECT_FALSE(fs::exists(inner.parent_path().parent_path()));
}

TEST_F(CgroupsTest, AStopLeavesNothing) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  const pid_t away = PidIn("a-away");
  const std::string cgroup = CgroupOf(PidIn("a"));
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  EXPECT_FALSE(fs::exists(PathOf(cgroup)));
  EXPECT_TRUE(Eventually([&] { return kill(away, 0) != 0; }));
}

TEST_F(CgroupsTest, NestedOnesHaveTheirOwn) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  ASSERT_EQ(Launch("a/b", Leaving("b")).status, 200);
  const std::string outer = CgroupOf(PidIn("a"));
  const std::string inner = CgroupOf(PidIn("b"));
  EXPECT_TRUE(inner.ends_with("-a+b")) << inner;
  EXPECT_NE(inner, outer);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a/b").status, 200);
  Wait("a/b");
  EXPECT_FALSE(fs::exists(PathOf(inner)));
  EXPECT_EQ(CgroupOf(PidIn("a-away")), outer) << "its parent lives";
  ASSERT_EQ(Launch("a/c", Leaving("c")).status, 200);
  const std::string second = CgroupOf(PidIn("c"));
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  Wait("a");
  EXPECT_FALSE(fs::exists(PathOf(outer)));
  EXPECT_FALSE(fs::exists(PathOf(second)));
}

TEST_F(CgroupsTest, TheNextAgentFindsThemAgain) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  ASSERT_EQ(Launch("ends", Leaving("ends")).status, 200);
  const pid_t leader = PidIn("a");
  const pid_t away = PidIn("a-away");
  const std::string cgroup = CgroupOf(leader);
  const pid_t ends = PidIn("ends");
  const pid_t ends_away = PidIn("ends-away");
  const std::string ends_cgroup = CgroupOf(ends);
  KillAgent();
  kill(ends, SIGTERM);
  ASSERT_TRUE(Eventually([&] { return kill(ends, 0) != 0; }));
  EXPECT_EQ(CgroupOf(ends_away), ends_cgroup) << "nobody ends it meanwhile";
  Serve("linux/seccomp");  // the record decides, not this agent's flags
  EXPECT_FALSE(fs::exists(PathOf(ends_cgroup)));
  EXPECT_TRUE(Eventually([&] { return kill(ends_away, 0) != 0; }));
  EXPECT_EQ(CgroupOf(leader), cgroup);
  EXPECT_EQ(CgroupOf(away), cgroup) << "it lives, with all that is in it";
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(Wait("a").at("state").as_string(), "TASK_KILLED");
  EXPECT_FALSE(fs::exists(PathOf(cgroup)));
  EXPECT_TRUE(Eventually([&] { return kill(away, 0) != 0; }));
  for (const char* id : {"a", "ends"}) EXPECT_EQ(CallFor("REMOVE_CONTAINER", id).status, 200);
  EXPECT_TRUE(fs::is_empty(folder_ / "run/containers"));
}

// By the name of its folder alone: its record says nothing.
TEST_F(CgroupsTest, OfADamagedRecordItEnds) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  ASSERT_EQ(Launch("a", Leaving("a")).status, 200);
  const pid_t leader = PidIn("a");
  const pid_t away = PidIn("a-away");
  const std::string cgroup = CgroupOf(leader);
  KillAgent();
  std::ofstream(folder_ / "run/containers/a/about") << "garbage";
  Serve("linux/seccomp");
  EXPECT_FALSE(fs::exists(PathOf(cgroup)));
  for (const pid_t pid : {leader, away}) {
    EXPECT_TRUE(Eventually([pid] { return kill(pid, 0) != 0; }));
  }
}

TEST_F(CgroupsTest, WhatIsNotLaunchedLeavesNone) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  const Reply reply = LaunchWith(R"("container": {"type": "MESOS",
          "linux_info": {"seccomp": {"profile_name": "none.json"}}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {
      "container_id": {"value": "sized"},
      "command": {"shell": false, "value": "/no/such/program"}}})")
                .status,
            400);
  ExpectNothingLeft();
}

// Whenever the agent is killed: what the next one knows of and removes is all that there was.
TEST_F(CgroupsTest, AKillAtAnyMomentLeavesNone) {
  NEEDS_CGROUPS();
  constexpr int kRounds = 16;
  const std::string end = "-moment" + std::to_string(getpid());
  for (int round = 0; round < kRounds; ++round) {
    Serve(kIsolation);
    Client client(Socket());
    client.Send(Request(
        R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": ")" +
        end.substr(1) + R"("}, "command": {"value": "setsid sleep 1000 & exec sleep 1000"}}})"));
    std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
    KillAgent();
    Serve(kIsolation);
    if (ContainerCount() > 0) {
      CallFor("KILL_CONTAINER", end.substr(1));  // 404: it did not survive
      Wait(end.substr(1));
      EXPECT_EQ(CallFor("REMOVE_CONTAINER", end.substr(1)).status, 200);
    }
    EXPECT_FALSE(AnyCgroup(end)) << round;
    ExpectNothingLeft();
    kill(agent_, SIGTERM);
    EXPECT_EQ(Join().status, 0);
  }
}

// An id as long as may be still has a cgroup of its own.
TEST_F(CgroupsTest, LongIds) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  const std::string start(254, 'x');
  ASSERT_EQ(Launch(start + "1", Leaving("a")).status, 200);
  ASSERT_EQ(Launch(start + "2", Leaving("b")).status, 200);
  EXPECT_NE(CgroupOf(PidIn("a")), CgroupOf(PidIn("b")));
}

// Where this machine has the controller the limit holds; where not, nothing runs without it.
TEST_F(CgroupsTest, Limits) {
  NEEDS_CGROUPS();
  Serve(kIsolation);
  constexpr const char* kCpu =
      R"({"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}, "role": "*"})";
  const struct {
    std::string members;
    std::string file;
    std::string value;
  } kCases[] = {
      {std::string(R"("resources": [)") + kCpu + "]", "cpu.max", "200000 100000\n"},
      {std::string(R"("limits": {"cpus": {"value": 0.5}}, "resources": [)") + kCpu + "]", "cpu.max",
       "50000 100000\n"},
      {R"("limits": {"mem": {"value": 64}})", "memory.max", "67108864\n"},
      {R"("resources": [{"name": "mem", "type": "SCALAR", "scalar": {"value": 64}}])", "memory.max",
       "67108864\n"},
      {std::string(R"("limits": {"cpus": {"value": "Infinity"}}, "resources": [)") + kCpu + "]", "",
       ""},
      {R"("resources": [], "limits": {})", "", ""},
  };
  for (const auto& [members, file, value] : kCases) {
    const std::string member = members.substr(0, members.size());
    const Reply reply = Call(
        R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "sized"},
            "command": {"value": "exec sleep 1000"}, )" +
        members + "}}");
    if (reply.status != 200) {
      EXPECT_EQ(reply.status, 400) << members;
      EXPECT_FALSE(file.empty()) << members << reply.body;
      EXPECT_HAS(reply.body, file + ": the cgroup v2 at ");
      EXPECT_HAS(reply.body, "has no controller");
      ExpectNothingLeft();
      continue;
    }
    EXPECT_TRUE(AnyCgroup("-sized")) << members;
    if (!file.empty()) {
      for (const auto& entry : fs::directory_iterator(CgroupMount())) {
        if (!entry.path().filename().string().ends_with("-sized")) continue;
        std::stringstream text;
        text << std::ifstream(entry.path() / file).rdbuf();
        EXPECT_EQ(text.str(), value) << members;
      }
    }
    EXPECT_EQ(CallFor("KILL_CONTAINER", "sized").status, 200);
    Wait("sized");
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "sized").status, 200);
    ExpectNothingLeft();
  }
}

TEST_F(CgroupsTest, LimitsNeedTheIsolator) {
  Serve();
  for (const char* members : {
           R"("limits": {"cpus": {"value": 1}})",
           R"("resources": [{"name": "mem", "type": "SCALAR", "scalar": {"value": 64}}])",
           R"("container": {"type": "MESOS", "linux_info": {"share_cgroups": false}})",
       }) {
    const Reply reply = LaunchWith(members);
    EXPECT_EQ(reply.status, 400) << members;
    EXPECT_HAS(reply.body, "needs cgroups/all in the agent's --isolation");
    ExpectNothingLeft();
  }
}

TEST_F(CgroupsTest, WithoutAMountThereAreNoLimits) {
  Serve(kIsolation, {"--seccomp_profile_name=default.json"}, Unmount);
  const Reply reply = LaunchWith(R"("limits": {"mem": {"value": 64}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_HAS(reply.body, kNone);
  ExpectNothingLeft();
  EXPECT_EQ(Run("a", "cat /proc/self/cgroup | grep -c seccomp-agent-"), "0\n");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  ExpectNothingLeft();
}

}  // namespace
}  // namespace runtime::agent
