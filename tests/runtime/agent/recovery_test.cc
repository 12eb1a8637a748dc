// An agent that is killed, and the next one, which finds its containers.

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/agent/records.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

class RecoveryTest : public AgentTest {
 protected:
  void KillAgent() {
    kill(agent_, SIGKILL);
    Join();
    fs::remove(folder_ / "err");  // or its line would be taken for the next one's
  }

  // The status of the reply; 0: the agent was killed before it came.
  int TryToLaunch(const std::string& id, const std::string& command) const {
    Client client(Socket());
    if (client.error() != 0) return 0;
    client.Send(
        Request(R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": ")" +
                id + R"("}, "command": {"value": ")" + command + R"("}}})"));
    return client.Read().status;
  }

  void Again() {
    KillAgent();
    Serve();
  }

  // By id: the pid, 0 where it has ended.
  std::map<std::string, std::int64_t> List() const {
    const Reply reply =
        Call(R"({"type": "GET_CONTAINERS", "get_containers": {"show_nested": true}})");
    std::map<std::string, std::int64_t> list;
    const auto json = boost::json::parse(reply.body);
    for (const auto& one : json.at("get_containers").at("containers").as_array()) {
      const auto& object = one.as_object();
      std::string id(object.at("container_id").at("value").as_string());
      if (const auto* parent = object.at("container_id").as_object().if_contains("parent")) {
        id.insert(0, std::string(parent->at("value").as_string()) + "/");
      }
      list[id] = object.at("running").as_bool()
                     ? object.at("container_status").at("executor_pid").as_int64()
                     : 0;
    }
    return list;
  }

  std::string StateOf(const std::string& id) const {
    return std::string(Wait(id).at("state").as_string());
  }
};

TEST_F(RecoveryTest, AContainerOutlivesItsAgent) {
  const fs::path go = folder_ / "go";
  Serve();
  ASSERT_EQ(
      Launch("a", "while ! test -e " + go.string() + "; do sleep 0.02; done; echo done; exit 3")
          .status,
      200);
  const auto before = List();
  ASSERT_GT(before.at("a"), 0);
  Again();
  EXPECT_EQ(List(), before);
  Again();  // as often as may be
  std::ofstream(go) << "go";
  const auto wait = Wait("a");
  EXPECT_EQ(WEXITSTATUS(wait.at("exit_status").as_int64()), 3);
  EXPECT_EQ(Output("a"), "done\n");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  EXPECT_FALSE(fs::exists(folder_ / "run/containers/a"));
  EXPECT_FALSE(fs::exists(Sandbox("a")));
}

TEST_F(RecoveryTest, HowItEndedWithoutAnAgentIsKnown) {
  WriteProfile("kill.json", Denying(R"("uname")", "SCMP_ACT_KILL_PROCESS"));
  const fs::path go = folder_ / "go";
  const std::string wait_for_it = "while ! test -e " + go.string() + "; do sleep 0.02; done; ";
  Serve();
  ASSERT_EQ(Launch("exits", wait_for_it + "exit 7").status, 200);
  ASSERT_EQ(Launch("filtered", wait_for_it + "exec uname",
                   WithSeccomp(R"({"profile_name": "kill.json"})"))
                .status,
            200);
  const auto pids = List();
  KillAgent();
  std::ofstream(go) << "go";
  for (const auto& [id, pid] : pids) {
    EXPECT_TRUE(Eventually([pid = pid] { return kill(static_cast<pid_t>(pid), 0) != 0; })) << id;
  }
  Serve();
  EXPECT_EQ(WEXITSTATUS(Wait("exits").at("exit_status").as_int64()), 7);
  const auto filtered = Wait("filtered");
  EXPECT_EQ(WTERMSIG(filtered.at("exit_status").as_int64()), SIGSYS);
  EXPECT_NE(std::string(filtered.at("message").as_string()).find("filter"), std::string::npos);
}

TEST_F(RecoveryTest, ItIsKilledAndWaitedForAsBefore) {
  Serve();
  ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
  ASSERT_EQ(Launch("b", "exec sleep 1000").status, 200);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "b").status, 200);
  Wait("b");
  Again();
  EXPECT_EQ(StateOf("b"), "TASK_KILLED");
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(StateOf("a"), "TASK_KILLED");
}

TEST_F(RecoveryTest, WhatAnAgentEndedAsItStoppedWasKilled) {
  Serve();
  ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  Serve();
  EXPECT_EQ(StateOf("a"), "TASK_KILLED");
}

// A disk that is full, until it goes.
class FullDisk {
 public:
  explicit FullDisk(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directory(folder_);
    is_mounted_ = mount("none", folder_.c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    if (is_mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }

  bool is_mounted() const { return is_mounted_; }
  void Fill() const {
    std::ofstream file(folder_ / "filling", std::ios::binary);
    const std::string page(4096, 'x');
    while (file << page << std::flush) {
    }
  }

 private:
  const fs::path folder_;
  bool is_mounted_ = false;
};

TEST_F(RecoveryTest, AFullDiskLosesNoSignal) {
  const FullDisk disk(folder_ / "run");
  if (!disk.is_mounted()) GTEST_SKIP() << "needs to mount";
  Serve();
  for (const char* id : {"a", "b"}) ASSERT_EQ(Launch(id, "exec sleep 1000").status, 200);
  disk.Fill();
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  EXPECT_EQ(StateOf("a"), "TASK_KILLED");
  // Of several the last one counts, also where its number is the shorter.
  const auto kill_by = [](int signal) {
    return R"({"type": "KILL_CONTAINER", "kill_container": {"container_id": {"value": "b"},
               "signal": )" +
           std::to_string(signal) + "}}";
  };
  EXPECT_EQ(Call(kill_by(SIGCHLD)).status, 200);
  EXPECT_EQ(Call(kill_by(SIGKILL)).status, 200);
  EXPECT_EQ(StateOf("b"), "TASK_KILLED");
  Again();
  EXPECT_EQ(StateOf("a"), "TASK_KILLED");
  EXPECT_EQ(StateOf("b"), "TASK_KILLED");
  kill(agent_, SIGTERM);
  Join();
}

TEST_F(RecoveryTest, WhatIsNestedEndsWithItsParent) {
  Serve();
  ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
  ASSERT_EQ(Launch("a/b", "exec sleep 1000").status, 200);
  const auto pids = List();
  Again();
  EXPECT_EQ(List(), pids);
  KillAgent();
  kill(static_cast<pid_t>(pids.at("a")), SIGKILL);
  Serve();
  EXPECT_EQ(StateOf("a/b"), "TASK_KILLED");
  Wait("a");
  EXPECT_EQ(List().at("a"), 0);
}

TEST_F(RecoveryTest, WithoutItsMonitorItsStatusIsLost) {
  Serve();
  ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
  const auto monitors = ChildrenOf(agent_);
  ASSERT_EQ(monitors.size(), 1U);
  KillAgent();
  kill(monitors[0], SIGKILL);
  Serve();
  const auto wait = Wait("a");
  EXPECT_EQ(wait.at("state").as_string(), "TASK_FAILED");
  EXPECT_FALSE(wait.as_object().contains("exit_status"));
}

// Its record says no more who it is. It must not run on unknown, and is not forgotten in silence.
TEST_F(RecoveryTest, WhatRunsUnderADamagedRecordIsKilledAndTold) {
  const fs::path about = folder_ / "run/containers/a/about";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage", "it is no JSON"},
      {"", "it is no JSON"},
      {R"({"id": "a"})", "it lacks one of id"},
      {R"({"id": "b", "profile": null, "user": null, "has_filter": true})",
       "it is of container b"}};
  for (std::size_t i = 0; i <= cases.size(); ++i) {
    const bool is_gone = i == cases.size();
    Serve();
    ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
    ASSERT_EQ(Launch("other", "exec sleep 1000").status, 200);
    const auto pids = List();
    KillAgent();
    fs::remove(about);
    if (!is_gone) std::ofstream(about) << cases[i].first;
    Serve();
    EXPECT_TRUE(Eventually([&] { return kill(static_cast<pid_t>(pids.at("a")), 0) != 0; }));
    EXPECT_NE(
        Err().find("level=error event=damaged container=a file=" + about.string() + " error=\"" +
                   (is_gone ? "cannot open " + about.string() : cases[i].second)),
        std::string::npos)
        << Err();
    EXPECT_NE(Err().find(" killed=true "), std::string::npos) << Err();
    const fs::path kept = folder_ / "run/containers.damaged/a";
    EXPECT_NE(Err().find(" kept=" + kept.string()), std::string::npos) << Err();
    EXPECT_TRUE(fs::exists(kept / "ending"));
    std::string text;
    std::getline(std::ifstream(kept / "about"), text);
    EXPECT_EQ(text, is_gone ? "" : cases[i].first);
    EXPECT_EQ(List(), (std::map<std::string, std::int64_t>{{"other", pids.at("other")}}));
    // Its output is there, until the operator has seen it.
    EXPECT_NE(Launch("a", "true").body.find("REMOVE_CONTAINER it first"), std::string::npos);
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
    EXPECT_EQ(CallFor("KILL_CONTAINER", "other").status, 200);
    Wait("other");
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "other").status, 200);
    KillAgent();
  }
  agent_ = -1;
}

// Nothing runs of these, and nobody was told of them.
TEST_F(RecoveryTest, WhatWasBeingMadeOrRemovedGoesInSilence) {
  const fs::path records = folder_ / "run/containers";
  Serve();
  KillAgent();
  for (const char* name : {"made", "empty", "removed"}) fs::create_directory(records / name);
  std::ofstream(records / "empty/about").flush();
  std::ofstream(records / "removed/ending") << "0 1.1\n";
  Serve();
  EXPECT_TRUE(fs::is_empty(records));
  EXPECT_FALSE(fs::exists(folder_ / "run/containers.damaged"));
  EXPECT_EQ(Err().find("damaged"), std::string::npos) << Err();
}

// Not waited for, and not read without end.
TEST_F(RecoveryTest, ARecordIsAFile) {
  const fs::path about = folder_ / "run/containers/a/about";
  const std::vector<std::function<void()>> makers = {
      [&] { fs::create_directory(about); }, [&] { ASSERT_EQ(mkfifo(about.c_str(), 0600), 0); },
      [&] { fs::create_symlink("/dev/zero", about); }};
  for (const auto& make : makers) {
    Serve();
    ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
    KillAgent();
    fs::remove(about);
    make();
    Serve();
    EXPECT_NE(Err().find("is not a regular file"), std::string::npos) << Err();
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
    KillAgent();
  }
  agent_ = -1;
}

TEST_F(RecoveryTest, ADamagedEndingIsALostOne) {
  Serve();
  ASSERT_EQ(Launch("a", "true").status, 200);
  Wait("a");
  KillAgent();
  std::ofstream(folder_ / "run/containers/a/ending") << "garbage";
  Serve();
  EXPECT_FALSE(Wait("a").as_object().contains("exit_status"));
  EXPECT_NE(Err().find("level=error event=damaged container=a file="), std::string::npos) << Err();
  EXPECT_TRUE(fs::exists(Sandbox("a")));
}

TEST_F(RecoveryTest, OfDamagedRecordsTheNewestAreKept) {
  fs::create_directory(folder_ / "own");
  const auto records = Records::Open((folder_ / "own").string());
  ASSERT_TRUE(records);
  const auto set_aside = [&](const std::string& name) {
    fs::create_directory(folder_ / "own/containers" / name);
    std::ofstream(folder_ / "own/containers" / name / "about") << "garbage";
    const auto kept = records->SetAside(name);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_TRUE(fs::exists(*kept + "/about"));
    EXPECT_FALSE(fs::exists(folder_ / "own/containers" / name));
  };
  for (std::size_t i = 0; i < Records::kMostSetAside + 2; ++i) set_aside(std::to_string(i));
  set_aside("9");  // again: in place of the one before
  const fs::path kept = folder_ / "own/containers.damaged";
  EXPECT_EQ(std::distance(fs::directory_iterator(kept), {}), Records::kMostSetAside);
  EXPECT_FALSE(fs::exists(kept / "0"));
  EXPECT_FALSE(fs::exists(kept / "1"));
  EXPECT_TRUE(fs::exists(kept / "9"));
}

// Whenever it is killed: what it has said to run runs, once, and its end is known.
TEST_F(RecoveryTest, NothingIsLostOrDoubled) {
  constexpr int kKills = 12;
  constexpr int kAtOnce = 4;
  Serve();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(TryToLaunch("first", "true"), 200);
  const auto one_launch = std::chrono::steady_clock::now() - begin;
  Wait("first");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "first").status, 200);
  KillAgent();
  int launched = 0;
  for (int round = 0; round < kKills; ++round) {
    Serve();
    std::vector<std::thread> clients;
    std::vector<int> statuses(kAtOnce, 0);
    const auto id = [round](int i) { return std::to_string(round) + "-" + std::to_string(i); };
    for (int i = 0; i < kAtOnce; ++i) {
      clients.emplace_back([&, i] {
        statuses[static_cast<std::size_t>(i)] =
            TryToLaunch(id(i), "echo run >>" + (folder_ / ("ran-" + id(i))).string());
      });
    }
    // From before any of them to after most.
    std::this_thread::sleep_for(one_launch * 3 * round / kKills);
    KillAgent();
    for (std::thread& client : clients) client.join();
    Serve();
    const auto list = List();
    for (int i = 0; i < kAtOnce; ++i) {
      const bool was_told = statuses[static_cast<std::size_t>(i)] == 200;
      launched += was_told ? 1 : 0;
      EXPECT_TRUE(list.contains(id(i)) || !was_told) << id(i);
      std::string runs;
      if (list.contains(id(i))) {
        const auto wait = Wait(id(i));
        std::ifstream(folder_ / ("ran-" + id(i))) >> runs;
        if (was_told) {
          EXPECT_EQ(wait.at("state").as_string(), "TASK_FINISHED") << id(i);
          EXPECT_EQ(runs, "run") << id(i);
        }
        EXPECT_EQ(CallFor("REMOVE_CONTAINER", id(i)).status, 200);
      } else {
        EXPECT_FALSE(fs::exists(folder_ / ("ran-" + id(i)))) << id(i);
      }
    }
    KillAgent();
    EXPECT_TRUE(fs::is_empty(folder_ / "run/containers"));
  }
  EXPECT_GT(launched, 0);
  agent_ = -1;
}

}  // namespace
}  // namespace runtime::agent
