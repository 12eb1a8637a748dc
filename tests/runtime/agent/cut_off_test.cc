// Launches that the death of the agent cuts off. A listener that keeps execve waiting holds them
// where the program has not begun.

#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/runtime/agent/agent_process.h"
#include "tests/runtime/launch/notify_handler.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
using launch::Answer;
using launch::NotifyHandler;

class CutOffTest : public AgentTest {
 protected:
  // An agent with one launch, of "a", that waits for us.
  void ServeAndBegin(const std::string& isolation = "linux/seccomp") {
    const fs::path asked = folder_ / "asked";
    const fs::path go = folder_ / "go";
    const fs::path die = folder_ / "die";
    for (const fs::path& file : {asked, go, die}) fs::remove(file);
    handler_ = std::make_unique<NotifyHandler>([=](const seccomp_notif&) {
      std::ofstream(asked) << "asked";
      while (fs::exists(asked) && !fs::exists(go) && !fs::exists(die)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      return Answer{fs::exists(go) ? Answer::Kind::kContinue : Answer::Kind::kDie};
    });
    WriteProfile("ask.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": ")" +
                                 handler_->path() +
                                 R"(", "syscalls": [{"names": ["execve"],
                                 "action": "SCMP_ACT_NOTIFY"}]})");
    isolation_ = isolation;
    Serve(isolation_);
    client_.emplace(Socket());
    client_->Send(Request(
        R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "a"},
            "command": {"value": "echo run; exit 3"}, "container": )" +
        WithSeccomp(R"({"profile_name": "ask.json"})") + "}}"));
    ASSERT_TRUE(Eventually([&] { return fs::exists(asked); }));
  }

  void TearDown() override {
    if (!folder_.empty()) Fail();
    AgentTest::TearDown();
  }

  void KillAgent() {
    kill(agent_, SIGKILL);
    Join();
    EXPECT_EQ(client_->Read().status, 0) << "nobody was told of it";
    fs::remove(folder_ / "err");
  }

  // The launch fails: the listener is gone.
  void Fail() const { std::ofstream(folder_ / "die") << "die"; }
  // The program begins.
  void Go() const { std::ofstream(folder_ / "go") << "go"; }

  void AwaitEnding() const {
    EXPECT_TRUE(Eventually([&] { return fs::exists(folder_ / "run/containers/a/ending"); }));
  }

  void RemoveItAndStopTheAgent() {
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
    kill(agent_, SIGTERM);
    EXPECT_EQ(Join().status, 0);
    fs::remove(folder_ / "err");
  }

  Reply WaitFor(const std::string& id) const { return CallFor("WAIT_CONTAINER", id); }

  void ExpectUndone() {
    EXPECT_TRUE(Eventually([&] { return ContainerCount() == 0; }));
    EXPECT_EQ(WaitFor("a").status, 404);
    EXPECT_TRUE(fs::is_empty(folder_ / "run/containers"));
    EXPECT_FALSE(fs::exists(Sandbox("a")));
    EXPECT_NE(Err().find("level=info event=undone container=a"), std::string::npos) << Err();
    EXPECT_EQ(Err().find("event=end "), std::string::npos) << Err();
    // As if nobody had ever asked for it.
    EXPECT_EQ(Launch("a", "exit 5").status, 200);
    EXPECT_EQ(WEXITSTATUS(Wait("a").at("exit_status").as_int64()), 5);
  }

  std::string isolation_;
  std::unique_ptr<NotifyHandler> handler_;
  std::optional<Client> client_;
};

constexpr const char* kIsolations[] = {
    "linux/seccomp",
    "linux/seccomp,filesystem/linux,namespaces/pid,linux/capabilities,cgroups/all"};

TEST_F(CutOffTest, WhatEndedBeforeTheNextAgentWasNeverLaunched) {
  for (const char* isolation : kIsolations) {
    ServeAndBegin(isolation);
    KillAgent();
    Fail();
    AwaitEnding();
    Serve(isolation);
    ExpectUndone();
    RemoveItAndStopTheAgent();
  }
  agent_ = -1;
}

TEST_F(CutOffTest, WhatEndsUnderTheNextAgentToo) {
  for (const char* isolation : kIsolations) {
    ServeAndBegin(isolation);
    KillAgent();
    Serve(isolation);
    EXPECT_EQ(ContainerCount(), 1U) << "it may begin yet, and can be killed";
    std::optional<Reply> reply;
    std::thread waiter([&] { reply = WaitFor("a"); });
    Fail();
    waiter.join();
    EXPECT_EQ(reply->status, 404);
    ExpectUndone();
    RemoveItAndStopTheAgent();
  }
  agent_ = -1;
}

TEST_F(CutOffTest, WhatBeginsAllTheSameHasRun) {
  for (const bool next_agent_is_there : {false, true}) {
    for (const char* isolation : kIsolations) {
      ServeAndBegin(isolation);
      KillAgent();
      if (next_agent_is_there) Serve(isolation);
      Go();
      if (!next_agent_is_there) {
        AwaitEnding();
        Serve(isolation);
      }
      EXPECT_EQ(WEXITSTATUS(Wait("a").at("exit_status").as_int64()), 3) << isolation;
      EXPECT_EQ(Output("a"), "run\n");
      RemoveItAndStopTheAgent();
    }
  }
  agent_ = -1;
}

TEST_F(CutOffTest, ItCanBeKilledAndTheAgentStopped) {
  ServeAndBegin();
  KillAgent();
  Serve(isolation_);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  ExpectUndone();
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  kill(agent_, SIGKILL);
  Join();
  fs::remove(folder_ / "err");
  ServeAndBegin();
  KillAgent();
  Serve(isolation_);
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  agent_ = -1;
}

// It is in the list, so it is a parent: then it is lost, and goes after what is nested in it.
TEST_F(CutOffTest, WhatWasNestedInItEndsWithIt) {
  ServeAndBegin();
  KillAgent();
  Serve(isolation_);
  ASSERT_EQ(
      Launch("a/b", "exec sleep 1000", WithSeccomp(R"({"profile_name": "default.json"})")).status,
      200);
  Fail();
  EXPECT_EQ(Wait("a/b").at("state").as_string(), "TASK_KILLED");
  const auto wait = Wait("a");
  EXPECT_EQ(wait.at("state").as_string(), "TASK_FAILED");
  EXPECT_FALSE(wait.as_object().contains("exit_status"));
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
}

// What each step of a launch leaves when it is the last one.
TEST_F(CutOffTest, TheFilesOfALaunchTellHowFarItCame) {
  struct Case {
    const char* name;
    const char* unfinished;  // null: there is none
    bool was_launched;
  };
  constexpr Case kCases[] = {{"recorded", nullptr, false},
                             {"prepared", "", false},
                             {"uncloned", "never begun: \n\n\n", false},
                             {"cloned", "\never begun: \n\n\n", true},
                             {"of-an-older-agent", "\n\n\n\n", true}};
  fs::create_directories(folder_ / "run/containers");
  for (const Case& one : kCases) {
    const fs::path record = folder_ / "run/containers" / one.name;
    fs::create_directory(record);
    std::ofstream(record / "about")
        << R"({"id": ")" << one.name << R"(", "profile": null, "user": null, "has_filter": true})";
    if (one.unfinished != nullptr) {
      std::ofstream(record / "ending.unfinished", std::ios::binary) << one.unfinished;
    }
  }
  Serve();
  for (const Case& one : kCases) {
    EXPECT_EQ(WaitFor(one.name).status, one.was_launched ? 200 : 404) << one.name;
    if (one.was_launched) {
      EXPECT_FALSE(Wait(one.name).as_object().contains("exit_status")) << one.name;
    }
  }
}

}  // namespace
}  // namespace runtime::agent
