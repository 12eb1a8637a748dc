// The same out of the agent's containers, of which the agent itself must be out of reach.

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class AgentEscapeTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    std::ifstream profile(PROFILE);
    WriteProfile("docker.json", {std::istreambuf_iterator<char>(profile), {}});
    fs::create_directory(folder_ / "rootfs");
    fs::copy_file(ATTEMPTS, folder_ / "rootfs/attempts");
    Serve(
        "linux/seccomp,filesystem/linux,namespaces/pid,namespaces/ipc,namespaces/uts,"
        "namespaces/net,linux/capabilities",
        {"--seccomp_profile_name=docker.json"});
  }

  // What the attempts say in a container whose root is `rootfs`; empty: the host's.
  std::string Try(const std::string& id, const fs::path& program, const fs::path& host_file,
                  const std::string& user, const std::string& rootfs) {
    json::object command = {
        {"shell", false},
        {"value", program.string()},
        {"arguments", json::array{program.string(), host_file.string(), Socket().string(),
                                  "no-such", std::to_string(getpid()), "0"}}};
    if (!user.empty()) command["user"] = user;
    json::object launch = {{"container_id", {{"value", id}}}, {"command", command}};
    if (!rootfs.empty()) {
      launch["container"] = {
          {"type", "MESOS"},
          {"volumes",
           json::array{{{"mode", "RW"}, {"container_path", "/"}, {"host_path", rootfs}}}}};
    }
    const Reply reply = Call(
        json::serialize(json::object{{"type", "LAUNCH_CONTAINER"}, {"launch_container", launch}}));
    EXPECT_EQ(reply.status, 200) << reply.body;
    if (reply.status != 200) return "";
    status_ = Wait(id).at("exit_status").as_int64();
    return Output(id);
  }

  std::int64_t status_ = -1;
};

TEST_F(AgentEscapeTest, FromARootOfItsOwn) {
  const fs::path profile = folder_ / "profiles/docker.json";
  for (const char* user : {"", "nobody"}) {
    const std::string output =
        Try(std::string("of-") + user + "-", "/attempts", profile, user, folder_ / "rootfs");
    EXPECT_EQ(status_, 0) << output;
    EXPECT_NE(output.find("ok the agent's socket: ENOENT"), std::string::npos) << output;
    fs::remove(folder_ / "rootfs/mine");
  }
}

// On the host's files, the rights of files are all that keeps a container away: a user's, not
// root's.
TEST_F(AgentEscapeTest, AUserOnTheHostsFiles) {
  fs::copy_file(ATTEMPTS, folder_ / "attempts");
  const std::string output =
      Try("user", folder_ / "attempts", folder_ / "run/containers/user/about", "nobody", "");
  EXPECT_NE(output.find("the agent's socket: EACCES"), std::string::npos) << output;
  EXPECT_NE(output.find("a file of the host: EACCES"), std::string::npos) << output;
  EXPECT_NE(output.find("ok descriptors of the launcher: EBADF"), std::string::npos) << output;
}

}  // namespace
}  // namespace runtime::agent
