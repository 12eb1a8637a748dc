// A profile that changes between the agent's check at its start and its use: each launch reads it
// anew, for a bounded time and to a bounded length, and is refused where it is no good.

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

namespace fs = std::filesystem;

class ProfileFileTest : public AgentTest {
 protected:
  fs::path Profile() const { return folder_ / "profiles/default.json"; }

  // In KiB: the most memory that the agent has had.
  std::size_t MostMemory() const {
    std::ifstream file("/proc/" + std::to_string(agent_) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
    }
    return 0;
  }

  // The launch fails soon, for `reason`, and the next one, with the profile as it was, does not.
  void Refuses(const std::string& reason) {
    const auto begin = std::chrono::steady_clock::now();
    const Reply reply = Launch("refused", "touch " + (folder_ / "ran").string());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << reason;
    EXPECT_EQ(reply.status, 400) << reason;
    EXPECT_NE(reply.body.find(reason), std::string::npos) << reply.body;
    EXPECT_EQ(ContainerCount(), 0U);
    EXPECT_FALSE(fs::exists(folder_ / "ran"));
    EXPECT_FALSE(fs::exists(Sandbox("refused")));
    fs::remove_all(Profile());
    WriteProfile("default.json", Denying(R"("uname")"));
    Run("good", "true");
    EXPECT_EQ(CallFor("REMOVE_CONTAINER", "good").status, 200);
  }
};

TEST_F(ProfileFileTest, WhateverBecomesOfIt) {
  Serve();
  Run("good", "true");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "good").status, 200);
  const std::size_t memory = MostMemory();
  fs::remove(Profile());
  Refuses("No such file or directory");
  fs::remove(Profile());
  ASSERT_EQ(mkfifo(Profile().c_str(), 0600), 0);
  Refuses("is not a regular file");
  fs::remove(Profile());
  ASSERT_EQ(mknod(Profile().c_str(), S_IFCHR | 0600, 1 << 8 | 5), 0);  // /dev/zero
  Refuses("is not a regular file");
  fs::remove(Profile());
  fs::create_directory(Profile());
  Refuses("is not a regular file");
  fs::remove(Profile());
  fs::create_symlink("/dev/zero", Profile());
  Refuses("a symbolic link leads out of the directory");
  fs::remove(Profile());
  fs::create_symlink("default.json", Profile());
  Refuses("a symbolic link leads out of the directory");
  fs::resize_file(Profile(), 1U << 30U);  // behind the profile, zeros that take no disk
  Refuses("SL005");
  fs::resize_file(Profile(), 10);
  Refuses("SL001");
  WriteProfile("default.json", "");
  Refuses("SL001");
  if (std::string_view(SANITIZE).empty()) {
    EXPECT_LT(MostMemory(), memory + std::size_t{32} * 1024);
  }
}

// Written in place, so that a launch may find any part of it: it runs under the one or the other,
// or not at all.
TEST_F(ProfileFileTest, WhileItIsWritten) {
  const std::string one = Denying(R"("uname")");
  const std::string other = Denying(R"("uname", "sethostname")");
  Serve();
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    for (bool turn = false; !is_over; turn = !turn)
      WriteProfile("default.json", turn ? one : other);
  });
  int launched = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string id = "c" + std::to_string(i);
    const Reply reply = Launch(id, "uname");
    if (reply.status == 400) continue;
    EXPECT_EQ(reply.status, 200) << reply.body;
    Wait(id);
    EXPECT_NE(Output(id).find("not permitted"), std::string::npos) << Output(id);
    ++launched;
  }
  is_over = true;
  writer.join();
  EXPECT_EQ(ContainerCount(), static_cast<std::size_t>(launched));
}

}  // namespace
}  // namespace runtime::agent
