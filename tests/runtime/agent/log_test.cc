// The log: its lines, and what the agent says of which event.

#include "runtime/agent/log.h"

#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <sstream>
#include <string>

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
