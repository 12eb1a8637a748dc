// Jumps of the wall clock, by years and both ways, under the real agent: none of its waits is by
// that clock. The agent alone sees them (shifted_clock.cc): the clock itself is everybody's.

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

constexpr std::int64_t kYear = 366 * 24 * 3600;  // seconds

class ClockTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    if (!std::string_view(SANITIZE).empty()) {
      GTEST_SKIP() << "a sanitizer's library must be the first that is loaded";
    }
    Jump(0);
  }

  std::string ShiftFile() const { return folder_ / "shift"; }

  void Jump(std::int64_t seconds) const {
    // In place: the agent has it mapped.
    std::fstream file(ShiftFile(), std::ios::in | std::ios::out | std::ios::binary);
    if (!file) file.open(ShiftFile(), std::ios::out | std::ios::binary);
    file.write(reinterpret_cast<const char*>(&seconds), sizeof(seconds));
  }

  static std::string Year(std::int64_t shift) {
    const std::time_t then = std::time(nullptr) + shift;
    std::tm parts = {};
    gmtime_r(&then, &parts);
    return std::to_string(1900 + parts.tm_year);
  }

  void ServeShifted() {
    Serve("linux/seccomp,namespaces/pid,filesystem/linux", {"--seccomp_profile_name=default.json"},
          [shift = ShiftFile()] {
            setenv("SHIFTED_CLOCK", shift.c_str(), 1);
            setenv("LD_PRELOAD", SHIFTED_CLOCK, 1);
          });
  }
};

TEST_F(ClockTest, JumpsMoveNoWait) {
  ServeShifted();
  int count = 0;
  for (const std::int64_t shift : {10 * kYear, -30 * kYear, std::int64_t{1}, -10 * kYear}) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string id = "c" + std::to_string(++count);
    EXPECT_EQ(Launch(id, "sleep 1; exit 3").status, 200);
    Client slow(Socket());  // whose request has come in half
    const std::string request = Request(R"({"type": "GET_HEALTH"})");
    slow.Send(request.substr(0, request.size() / 2));
    Jump(shift);
    EXPECT_EQ(Launch(id + "-after", "exit 4").status, 200);
    slow.Send(request.substr(request.size() / 2));
    EXPECT_EQ(slow.Read().status, 200) << shift;
    EXPECT_EQ(Wait(id + "-after").at("exit_status").as_int64(), 4 << 8) << shift;
    EXPECT_EQ(Wait(id).at("exit_status").as_int64(), 3 << 8) << shift;
    const auto taken = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(taken, std::chrono::milliseconds(900)) << shift;
    EXPECT_LT(taken, std::chrono::seconds(8)) << shift;
  }
}

TEST_F(ClockTest, AnAgentOfAnotherYearFindsItsContainers) {
  ServeShifted();
  EXPECT_EQ(Launch("runs", "sleep 100").status, 200);
  EXPECT_EQ(Launch("ends", "exit 5").status, 200);
  kill(agent_, SIGKILL);
  Join();
  Jump(-20 * kYear);
  ServeShifted();
  EXPECT_NE(Err().find("time=" + Year(-20 * kYear)), std::string::npos) << Err();
  EXPECT_EQ(ContainerCount(), 2U);
  EXPECT_EQ(Wait("ends").at("exit_status").as_int64(), 5 << 8);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "runs").status, 200);
  EXPECT_EQ(Wait("runs").at("exit_status").as_int64(), SIGKILL);
}

}  // namespace
}  // namespace runtime::agent
