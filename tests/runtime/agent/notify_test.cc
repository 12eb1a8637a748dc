// Profiles with a listener: SCMP_ACT_NOTIFY through the agent.

#include <boost/json/parse.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/runtime/agent/agent_process.h"
#include "tests/runtime/launch/notify_handler.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using launch::Answer;
using launch::NotifyHandler;

class NotifyTest : public AgentTest {
 protected:
  // A profile whose uname(2) is answered at `path`.
  void WriteAsking(const std::string& path, const std::string& calls = R"("uname")") const {
    WriteProfile("ask.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "words",
        "listenerPath": ")" + path +
                                 R"(", "syscalls": [{"names": [)" + calls +
                                 R"(], "action": "SCMP_ACT_NOTIFY"}]})");
  }
  const std::string asking_ = WithSeccomp(R"({"profile_name": "ask.json"})");
};

TEST_F(NotifyTest, TheListenerIsToldOfEachContainer) {
  const NotifyHandler handler([](const seccomp_notif&) {
    return Answer{Answer::Kind::kReturn, EXDEV};
  });
  WriteAsking(handler.path());
  Serve();
  EXPECT_NE(Run("a", "uname", asking_).find("Invalid cross-device link"), std::string::npos);
  // From the cache of filters; its listener comes along. And so it does to a nested one.
  ASSERT_EQ(Launch("b", "exec sleep 1000", asking_).status, 200);
  EXPECT_NE(Run("b/c", "uname").find("Invalid cross-device link"), std::string::npos);
  const auto messages = handler.Messages(3);
  ASSERT_EQ(messages.size(), 3U);
  const auto* const ids = "abc";
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string id = i == 2 ? "b/c" : std::string(1, ids[i]);
    const json::value message = json::parse(messages[i]);
    EXPECT_EQ(message.at("metadata").as_string(), "words");
    EXPECT_EQ(message.at("state").at("id").as_string(), id);
    EXPECT_EQ(message.at("state").at("bundle").as_string(), Sandbox(id).string());
    EXPECT_EQ(message.at("state").at("pid"), message.at("pid"));
  }
}

TEST_F(NotifyTest, RefusesWhereNobodyListens) {
  WriteAsking("/no/such/socket");
  Serve();
  const Reply reply = Launch("a", "true", asking_);
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("connect to the seccomp listener /no/such/socket"), std::string::npos)
      << reply.body;
  EXPECT_FALSE(fs::exists(Sandbox("a")));
  EXPECT_EQ(ContainerCount(), 0U);
  WriteProfile("ask.json", Denying(R"("uname")", "SCMP_ACT_NOTIFY"));
  EXPECT_NE(Launch("a", "true", asking_).body.find("SL118"), std::string::npos);
}

TEST_F(NotifyTest, AListenerThatEndsEndsTheLaunch) {
  const NotifyHandler handler([](const seccomp_notif&) { return Answer{Answer::Kind::kDie}; });
  WriteAsking(handler.path(), R"("execve")");
  Serve();
  const Reply reply = Launch("a", "true", asking_);
  EXPECT_NE(reply.body.find(handler.path() + " has ended before it answered execve"),
            std::string::npos)
      << reply.body;
}

// They wait for half a minute. More of them than there are threads for it.
TEST_F(NotifyTest, LaunchesThatWaitForAListenerHoldUpNoOthers) {
  constexpr std::size_t kLaunches = 10;
  constexpr std::size_t kAtOnce = 4;
  std::optional<NotifyHandler> handler(
      std::in_place, [](const seccomp_notif&) { return Answer{Answer::Kind::kSilence}; });
  WriteAsking(handler->path(), R"("execve")");
  Serve();
  std::deque<Client> clients;
  for (std::size_t i = 0; i < kLaunches; ++i) {
    clients.emplace_back(Socket()).Send(Request(
        R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "w)" +
        std::to_string(i) + R"("}, "command": {"value": "true"}, "container": )" + asking_ + "}}"));
  }
  ASSERT_EQ(handler->Messages(kAtOnce).size(), kAtOnce);
  for (const char* id : {"a", "b", "c"}) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(Launch(id, "true").status, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  }
  // Those that have no thread yet are refused at once when the agent stops.
  kill(agent_, SIGTERM);
  const auto refused = [this] {
    const std::string log = Err();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("reason=stopping", at)) != log.npos; ++at) ++count;
    return count;
  };
  EXPECT_TRUE(Eventually([&] { return refused() == kLaunches - kAtOnce; })) << refused();
  handler.reset();
  std::map<int, std::size_t> statuses;
  for (Client& client : clients) ++statuses[client.Read().status];
  EXPECT_EQ(statuses, (std::map<int, std::size_t>{{400, kAtOnce}, {503, kLaunches - kAtOnce}}));
  EXPECT_EQ(Join().status, 0);
}

// The listener answers on while there is no agent, and to the next one's container.
TEST_F(NotifyTest, OutlivesTheAgent) {
  const NotifyHandler handler;
  WriteAsking(handler.path());
  Serve();
  const fs::path go = folder_ / "go";
  ASSERT_EQ(
      Launch("a", "while ! test -e " + go.string() + "; do sleep 0.02; done; exec uname", asking_)
          .status,
      200);
  kill(agent_, SIGKILL);
  Join();
  fs::remove(folder_ / "err");
  Serve();
  std::ofstream(go) << "go";
  EXPECT_EQ(Wait("a").at("exit_status").as_int64(), 0);
  EXPECT_EQ(Output("a"), "Linux\n");
}

}  // namespace
}  // namespace runtime::agent
