// Containers in containers: whose profile they get, and who ends with whom.

#include <sys/wait.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

constexpr char kUname[] = "uname || echo denied";
constexpr char kSleep[] = "exec sleep 1000";

class NestedTest : public AgentTest {
 protected:
  boost::json::array List(const std::string& members) const {
    const Reply reply = Call(R"({"type": "GET_CONTAINERS", "get_containers": {)" + members + "}}");
    EXPECT_EQ(reply.status, 200) << reply.body;
    return boost::json::parse(reply.body).at("get_containers").at("containers").as_array();
  }
};

TEST_F(NestedTest, InheritsTheProfileOfItsParent) {
  WriteProfile("other.json", Denying(R"("sethostname")"));
  Serve();
  ASSERT_EQ(Launch("a", kSleep, WithSeccomp(R"({"profile_name": "other.json"})")).status, 200);
  EXPECT_EQ(Run("a/b", kUname), "Linux\n");  // the agent's default denies it
  EXPECT_HAS(Run("a/c", "hostname other || echo denied"), "denied");
  // At any depth; and the file is read anew.
  ASSERT_EQ(Launch("a/d", kSleep).status, 200);
  WriteProfile("other.json", Denying(R"("uname")"));
  EXPECT_HAS(Run("a/d/e", kUname), "denied");
  WriteProfile("other.json", "{");
  EXPECT_HAS(Launch("a/d/f", kUname).body, "SL001");
}

TEST_F(NestedTest, OverridesTheProfileOfItsParent) {
  WriteProfile("other.json", Denying(R"("sethostname")"));
  Serve();
  ASSERT_EQ(Launch("a", kSleep).status, 200);
  EXPECT_HAS(Run("a/b", kUname), "denied");
  EXPECT_EQ(Run("a/c", kUname, WithSeccomp(R"({"profile_name": "other.json"})")), "Linux\n");
  EXPECT_EQ(Run("a/d", kUname, WithSeccomp(R"({"unconfined": true})")), "Linux\n");
}

// Nothing is unconfined that has not asked for it itself.
TEST_F(NestedTest, DoesNotInheritUnconfined) {
  Serve();
  ASSERT_EQ(Launch("a", kSleep, WithSeccomp(R"({"unconfined": true})")).status, 200);
  EXPECT_HAS(Run("a/b", kUname), "denied");
}

TEST_F(NestedTest, DoesNotInheritUnconfinedWithoutADefault) {
  Serve("linux/seccomp", {});
  ASSERT_EQ(Launch("a", kSleep, WithSeccomp(R"({"unconfined": true})")).status, 200);
  EXPECT_HAS(Launch("a/b", kUname).body, "names no profile");
}

TEST_F(NestedTest, InheritsTheUser) {
  Serve();
  const auto with_user = [](const std::string& id, const std::string& user) {
    return R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": )" + id +
           R"(, "command": {"value": "id -u; exec sleep 1000")" + user + "}}}";
  };
  ASSERT_EQ(Call(with_user(R"({"value": "a"})", R"(, "user": "nobody")")).status, 200);
  ASSERT_EQ(Call(with_user(R"({"value": "b", "parent": {"value": "a"}})", "")).status, 200);
  ASSERT_EQ(
      Call(with_user(R"({"value": "c", "parent": {"value": "a"}})", R"(, "user": "root")")).status,
      200);
  EXPECT_TRUE(Eventually([&] { return Output("a/b") == "65534\n" && Output("a/c") == "0\n"; }));
}

TEST_F(NestedTest, ParentMustRun) {
  Serve();
  const Reply unknown = Launch("a/b", kSleep);
  EXPECT_EQ(unknown.status, 400);
  EXPECT_HAS(unknown.body, "Parent container 'a' does not exist");
  ASSERT_EQ(Run("a", "true"), "");
  const Reply ended = Launch("a/b", kSleep);
  EXPECT_EQ(ended.status, 400);
  EXPECT_HAS(ended.body, "Parent container 'a' has terminated");
  EXPECT_FALSE(fs::exists(Sandbox("a/b")));
  EXPECT_EQ(CallFor("WAIT_CONTAINER", "a/b").status, 404);
}

TEST_F(NestedTest, HasAnIdOfItsOwn) {
  Serve();
  ASSERT_EQ(Launch("a", kSleep).status, 200);
  ASSERT_EQ(Launch("b", kSleep).status, 200);
  ASSERT_EQ(Launch("a/b", "echo nested; exit 7").status, 200);
  EXPECT_EQ(Launch("a/b", "true").status, 202);
  EXPECT_EQ(Wait("a/b").at("exit_status").as_int64(), 7 << 8);
  EXPECT_EQ(Output("a/b"), "nested\n");
  EXPECT_EQ(Output("b"), "");
  // By default the list has no nested ones, as in Mesos.
  EXPECT_EQ(List("").size(), 2U);
  EXPECT_EQ(List(R"("show_nested": true)").size(), 3U);
  const auto nested = List(R"("show_nested": true, "show_standalone": false)");
  ASSERT_EQ(nested.size(), 1U);
  EXPECT_EQ(nested[0].at("container_id"),
            boost::json::parse(R"({"value": "b", "parent": {"value": "a"}})"));
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a/b").status, 200);
  EXPECT_FALSE(fs::exists(Sandbox("a/b")));
  EXPECT_EQ(CallFor("WAIT_CONTAINER", "a/b").status, 404);
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a/b").status, 500);
  EXPECT_TRUE(fs::exists(Sandbox("a")));
}

TEST_F(NestedTest, IsKilledAlone) {
  Serve();
  ASSERT_EQ(Launch("a", kSleep).status, 200);
  ASSERT_EQ(Launch("a/b", kSleep).status, 200);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a/b").status, 200);
  EXPECT_EQ(Wait("a/b").at("state").as_string(), "TASK_KILLED");
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a/b").status, 404);
  EXPECT_EQ(ChildrenOf(agent_).size(), 1U);
}

TEST_F(NestedTest, EndsWithItsParent) {
  Serve();
  ASSERT_EQ(Launch("a", "while ! [ -e go ]; do sleep 0.02; done; exit 5").status, 200);
  for (const char* id : {"a/b", "a/b/c", "a/d"}) ASSERT_EQ(Launch(id, kSleep).status, 200) << id;
  ASSERT_EQ(Launch("ab", kSleep).status, 200);  // no kin of theirs
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 500);
  std::ofstream(Sandbox("a") / "go") << "";
  EXPECT_EQ(Wait("a").at("exit_status").as_int64(), 5 << 8);
  // All have ended before it.
  for (const char* id : {"a/b", "a/b/c", "a/d"}) {
    EXPECT_EQ(Wait(id).at("exit_status").as_int64(), SIGKILL) << id;
    EXPECT_EQ(Wait(id).at("state").as_string(), "TASK_KILLED") << id;
  }
  EXPECT_EQ(ChildrenOf(agent_).size(), 1U);
  // It is removed with all that was in it.
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  EXPECT_EQ(List(R"("show_nested": true)").size(), 1U);
  for (const char* id : {"a", "a/b", "a/b/c", "a/d"}) EXPECT_FALSE(fs::exists(Sandbox(id))) << id;
  EXPECT_TRUE(fs::exists(Sandbox("ab")));
}

// Parents that end while containers are launched into them: nothing is left running, nobody waits
// for ever.
TEST_F(NestedTest, ParentEndsDuringLaunches) {
  Serve();
  for (int round = 0; round < 10; ++round) {
    const std::string parent = "p" + std::to_string(round);
    ASSERT_EQ(Launch(parent, kSleep).status, 200);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const std::string id = parent + "/" + std::to_string(i);
        const int status = Launch(id, kSleep).status;
        EXPECT_TRUE(status == 200 || status == 400) << status;
        if (status != 200) return;
        EXPECT_EQ(Wait(id).at("exit_status").as_int64(), SIGKILL);
      });
    }
    EXPECT_EQ(CallFor("KILL_CONTAINER", parent).status, 200);
    EXPECT_EQ(Wait(parent).at("exit_status").as_int64(), SIGKILL);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", parent).status, 200);
  }
  EXPECT_TRUE(ChildrenOf(agent_).empty());
}

TEST_F(NestedTest, StopEndsTheInnermostFirst) {
  Serve();
  for (const char* id : {"a", "a/b", "a/b/c"}) ASSERT_EQ(Launch(id, kSleep).status, 200) << id;
  kill(agent_, SIGTERM);
  const Exit exit = Join();
  EXPECT_EQ(exit.status, 0);
  const std::size_t innermost = exit.err.find("event=end container=a/b/c ");
  const std::size_t middle = exit.err.find("event=end container=a/b ");
  const std::size_t outermost = exit.err.find("event=end container=a ");
  EXPECT_LT(innermost, middle) << exit.err;
  EXPECT_LT(middle, outermost) << exit.err;
  EXPECT_NE(outermost, std::string::npos) << exit.err;
}

}  // namespace
}  // namespace runtime::agent
