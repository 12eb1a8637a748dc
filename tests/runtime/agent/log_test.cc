// The log: its lines, and what the agent says of which event.

#include "runtime/agent/log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

using Time = std::chrono::system_clock::time_point;

std::string Text(std::string_view value) {
  return LogLine(LogFormat::kText, std::nullopt, Level::kInfo, "e", {{"v", value}});
}

TEST(LogLineTest, Text) {
  EXPECT_EQ(LogLine(LogFormat::kText, Time(std::chrono::milliseconds(1700000000042)),
                    Level::kWarning, "refusal", {{"container", "a"}, {"pid", 7}, {"rules", ""}}),
            "time=2023-11-14T22:13:20.042Z level=warning event=refusal container=a pid=7\n");
  EXPECT_EQ(Text("two words"), "level=info event=e v=\"two words\"\n");
  EXPECT_EQ(Text("a=b"), "level=info event=e v=\"a=b\"\n");
  EXPECT_EQ(Text("say \"x\""), "level=info event=e v=\"say \\\"x\\\"\"\n");
}

TEST(LogLineTest, Json) {
  EXPECT_EQ(LogLine(LogFormat::kJson, Time(std::chrono::seconds(0)), Level::kError, "e",
                    {{"container", "a\"b"}, {"pid", 7}}),
            R"({"time":"1970-01-01T00:00:00.000Z","level":"error","event":"e",)"
            R"("container":"a\"b","pid":7})"
            "\n");
  EXPECT_EQ(LogLine(LogFormat::kJson, std::nullopt, Level::kInfo, "e",
                    {Field::Whole("message", "one\ntwo\x1b")}),
            "{\"level\":\"info\",\"event\":\"e\",\"message\":\"one\\ntwo\\\\x1b\"}\n");
}

// Neither a second line nor a sequence for the terminal, whatever the bytes.
TEST(LogLineTest, UntrustedText) {
  EXPECT_EQ(Text("a\nlevel=info event=launch").find('\n'),
            Text("a\nlevel=info event=launch").size() - 1);
  EXPECT_HAS(Text("\x1b[31m"), "\\\\x1b[31m");
  EXPECT_HAS(Text("\xff"), "\\\\xff");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const std::string json =
        LogLine(LogFormat::kJson, std::nullopt, Level::kInfo, "e", {{"v", value}});
    EXPECT_NO_THROW((void)boost::json::parse(json)) << json;
    for (const char c : Text(value).substr(0, Text(value).size() - 1)) {
      EXPECT_TRUE(c >= ' ' && c < 0x7f) << byte;
    }
  }
}

TEST(LogLineTest, LongValuesAreCutBetweenCharacters) {
  std::string value;
  while (value.size() < 2000) value += "\xc3\xa4";  // of two bytes
  for (const std::string& text : {value, "x" + value}) {
    const std::string line =
        LogLine(LogFormat::kJson, std::nullopt, Level::kInfo, "e", {{"v", text}});
    EXPECT_LT(line.size(), kMaxValueBytes + 100);
    EXPECT_TRUE(line.ends_with("\xc3\xa4...\"}\n")) << line;
  }
}

TEST(LogTest, Journal) {
  struct stat status {};
  ASSERT_EQ(fstat(0, &status), 0);
  const std::string own = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  EXPECT_TRUE(IsJournal(0, own));
  EXPECT_FALSE(IsJournal(0, own + "1"));
  EXPECT_FALSE(IsJournal(0, ""));
  EXPECT_FALSE(IsJournal(-1, own));
}

// Whoever reads the log does so when the test wants it.
class StalledLogTest : public testing::Test {
 protected:
  StalledLogTest() {
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    // A page, the least that it takes: a line that has more waits for its reader.
    EXPECT_GT(fcntl(ends_[1], F_SETPIPE_SZ, 1), 0);
  }
  ~StalledLogTest() override {
    close(ends_[0]);
    CloseWriting();
  }
  StalledLogTest(const StalledLogTest&) = delete;
  StalledLogTest& operator=(const StalledLogTest&) = delete;

  int ToLog() const { return ends_[1]; }
  void CloseWriting() { close(std::exchange(ends_[1], -1)); }
  std::string ReadUntil(std::string_view end) const {
    std::string text;
    std::array<char, 4096> chunk;
    while (!text.ends_with(end)) {
      const ssize_t n = read(ends_[0], chunk.data(), chunk.size());
      if (n <= 0) return text + "<end>";
      text.append(chunk.data(), static_cast<std::size_t>(n));
    }
    return text;
  }
  std::string ReadWhatComes() const {
    constexpr int kPatienceMs = 200;
    std::string text;
    pollfd polled = {ends_[0], POLLIN, 0};
    while (poll(&polled, 1, kPatienceMs) > 0) text += ReadUntil("\n");
    return text;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

schema::Status Unconfined() { return {}; }

TEST_F(StalledLogTest, DropsAndCounts) {
  constexpr std::uint64_t kLines = 10'000;
  Log log(LogFormat::kText, Level::kInfo, false, ToLog());
  log.Write(Level::kInfo, "before", {});
  ASSERT_TRUE(log.Start(Unconfined));
  const std::string more(100, 'x');
  for (std::uint64_t i = 0; i < kLines; ++i) log.Write(Level::kInfo, "e", {{"i", i}, {"x", more}});
  const std::string told = "level=warning event=log_dropped lines=";
  std::string text = ReadUntil("\n");
  while (text.find(told) == std::string::npos) text += ReadUntil("\n");
  log.Write(Level::kInfo, "after", {});
  while (!text.ends_with("event=after\n")) text += ReadUntil("\n");

  std::string expected = "level=info event=before\n";
  std::uint64_t written = 0;
  while (text.find(" i=" + std::to_string(written) + " ") != std::string::npos) {
    expected +=
        LogLine(LogFormat::kText, std::nullopt, Level::kInfo, "e", {{"i", written++}, {"x", more}});
  }
  expected += told + std::to_string(kLines - written) + "\nlevel=info event=after\n";
  EXPECT_EQ(text, expected);
  EXPECT_GT(written * more.size(), LineWriter::kMaxBytes / 2);
  EXPECT_LT(written * more.size(), LineWriter::kMaxBytes * 2);
}

TEST_F(StalledLogTest, LongLinesFindRoomAlone) {
  Log log(LogFormat::kText, Level::kInfo, false, ToLog());
  ASSERT_TRUE(log.Start(Unconfined));
  const std::string longer(2 * LineWriter::kMaxBytes, 'x');
  log.Say(longer + '\n');
  EXPECT_EQ(ReadUntil("\n").size(), longer.size() + 1);
}

TEST_F(StalledLogTest, EndsWithoutItsReader) {
  const auto start = std::chrono::steady_clock::now();
  {
    // Never closed: the thread that is left behind has it.
    Log log(LogFormat::kText, Level::kInfo, false, dup(ToLog()));
    ASSERT_TRUE(log.Start(Unconfined));
    for (int i = 0; i < 1000; ++i) log.Write(Level::kInfo, "e", {{"x", "0123456789"}});
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  // Nothing more is written, once the one line that was on its way has been.
  EXPECT_LT(std::ranges::count(ReadWhatComes(), '\n'), 200);
}

TEST_F(StalledLogTest, WritesAllBeforeItsEnd) {
  {
    Log log(LogFormat::kText, Level::kInfo, false, ToLog());
    ASSERT_TRUE(log.Start(Unconfined));
    for (int i = 0; i < 100; ++i) log.Write(Level::kInfo, "e", {});
  }
  CloseWriting();
  EXPECT_EQ(std::ranges::count(ReadUntil("<end>"), '\n'), 100);
}

TEST_F(StalledLogTest, UnconfinedIsAnError) {
  Log log(LogFormat::kText, Level::kInfo, false, ToLog());
  const auto status = log.Start([] {
    return schema::Error{schema::ErrorCode::kSystem, "not so", 0};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "not so");
  log.Say("refused\n");
  EXPECT_EQ(ReadUntil("\n"), "refused\n");
}

TEST(RateLimitTest, TellsHowManyItDidNotTell) {
  RateLimit limit(2, std::chrono::seconds(10));
  const RateLimit::Time start{};
  EXPECT_EQ(limit.Admit(start), 0U);
  EXPECT_EQ(limit.Admit(start), 0U);
  EXPECT_EQ(limit.Admit(start + std::chrono::seconds(9)), std::nullopt);
  EXPECT_EQ(limit.Admit(start + std::chrono::seconds(9)), std::nullopt);
  EXPECT_EQ(limit.Admit(start + std::chrono::seconds(10)), 2U);
  EXPECT_EQ(limit.Admit(start + std::chrono::seconds(11)), 0U);
  EXPECT_EQ(limit.Admit(start + std::chrono::seconds(11)), std::nullopt);
}

class AgentLogTest : public AgentTest {};

TEST_F(AgentLogTest, NobodyWaitsForItsReader) {
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  fcntl(ends[1], F_SETPIPE_SZ, 1);
  auto flags = Flags("linux/seccomp");
  flags.emplace_back("--seccomp_profile_name=default.json");
  Spawn({flags, {}, [&] { dup2(ends[1], 2); }});
  close(ends[1]);
  ASSERT_TRUE(Eventually([&] { return Client(Socket()).error() == 0; }));
  for (int i = 0; i < 400; ++i) ASSERT_EQ(Launch("a/b/c", "true").status, 400);
  EXPECT_EQ(Launch("a", "exec sleep 1000").status, 200);
  kill(agent_, SIGTERM);
  EXPECT_EQ(Join().status, 0);
  close(ends[0]);
}

TEST_F(AgentLogTest, Events) {
  WriteProfile("bad.json", R"({"defaultAction": "SCMP_ACT_DENY"})");
  WriteProfile("killing.json", Denying(R"("uname")", "SCMP_ACT_KILL_PROCESS"));
  Serve();
  ASSERT_EQ(Launch("a", "exec sleep 1000").status, 200);
  EXPECT_EQ(CallFor("KILL_CONTAINER", "a").status, 200);
  Wait("a");
  EXPECT_EQ(CallFor("REMOVE_CONTAINER", "a").status, 200);
  Run("b", "exec uname", WithSeccomp(R"({"profile_name": "killing.json"})"));
  EXPECT_EQ(Launch("c", "true", WithSeccomp(R"({"profile_name": "bad.json"})")).status, 400);
  EXPECT_EQ(Launch("c", "true", WithSeccomp(R"({"profile_name": "no\nne\u001b.json"})")).status,
            400);
  EXPECT_EQ(Launch("c", "true", WithSeccomp("{}")).status, 400);
  Run("d", "true", WithSeccomp(R"({"unconfined": true})"));
  kill(agent_, SIGTERM);
  const std::string err = Join().err;
  EXPECT_HAS(err, " level=info event=launch container=a profile=default.json pid=");
  EXPECT_HAS(err, " level=info event=launch container=d unconfined=true pid=");
  EXPECT_HAS(err, " level=info event=kill container=a signal=SIGKILL\n");
  EXPECT_HAS(err, " event=end container=a status=\"killed by SIGKILL\" killed=true\n");
  EXPECT_HAS(err, " event=remove container=a\n");
  EXPECT_HAS(err, " level=warning event=end container=b status=\"killed by SIGSYS");
  EXPECT_HAS(err, " level=warning event=refusal container=c reason=invalid_profile rules=SL104 ");
  EXPECT_HAS(err, " event=refusal container=c reason=missing_profile ");
  EXPECT_HAS(err, " event=refusal container=c reason=bad_request ");
  EXPECT_HAS(err, " level=info event=stopping running=0\n");
  EXPECT_EQ(err.find('\x1b'), std::string::npos);
  std::istringstream lines(err);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("seccomp-agent: ") || line.starts_with("time=20")) << line;
  }
}

TEST_F(AgentLogTest, JsonAlone) {
  Serve("linux/seccomp",
        {"--log_format=json", "--seccomp_profile_name=default.json", "--master=a\"b\n"});
  Run("a", "true");
  kill(agent_, SIGTERM);
  std::istringstream lines(Join().err);
  std::string events;
  for (std::string line; std::getline(lines, line);) {
    const auto event = boost::json::parse(line);
    events += std::string(event.at("event").as_string()) + ' ';
    EXPECT_TRUE(event.as_object().contains("time")) << line;
  }
  EXPECT_EQ(events, "warning listening launch end stopping stopped ");
}

TEST_F(AgentLogTest, JsonOfARefusalToStartHasAllFindings) {
  WriteProfile("bad.json", "{\n  \"defaultAction\": \"SCMP_ACT_DENY\"\n}\n");
  auto flags = Flags("linux/seccomp");
  flags.insert(flags.end(), {"--log_format=json", "--seccomp_profile_name=bad.json"});
  const auto event = boost::json::parse(Refused({flags}).err);
  EXPECT_EQ(event.at("level").as_string(), "error");
  EXPECT_HAS(std::string(event.at("message").as_string()), "bad.json:2:20: error: ");
}

TEST_F(AgentLogTest, LevelsAndTheJournal) {
  Serve("linux/seccomp", {"--logging_level=WARNING", "--seccomp_profile_name=default.json"});
  Run("a", "true");
  Launch("b", "true", WithSeccomp("{}"));
  kill(agent_, SIGTERM);
  const std::string err = Join().err;
  EXPECT_EQ(err.find("level=info"), std::string::npos) << err;
  EXPECT_HAS(err, "level=warning event=refusal");
  // The journal adds the time.
  std::filesystem::remove_all(folder_ / "work");
  Serve("linux/seccomp", {"--seccomp_profile_name=default.json"}, [] {
    struct stat status {};
    if (fstat(2, &status) != 0) _exit(98);
    setenv("JOURNAL_STREAM",
           (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
  });
  Run("c", "true");
  EXPECT_HAS(Err(), "\nlevel=info event=launch container=c ");
}

}  // namespace
}  // namespace runtime::agent
