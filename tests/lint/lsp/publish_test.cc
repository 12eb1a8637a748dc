// Diagnostics: which, where, when.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/lint/lsp/conversation.h"

namespace lint::lsp {
namespace {

constexpr const char* kAll = R"({
  "textDocument": {"publishDiagnostics": {"relatedInformation": true, "versionSupport": true,
                                          "tagSupport": {"valueSet": [1, 2]}}},
  "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}})";

constexpr const char* kDuplicate = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["execve", "read", "read"], "action": "SCMP_ACT_ALLOW"}]}
)";

// "SL504 2:31-2:37 severity 2", of each diagnostic.
std::vector<std::string> Told(const json::value& params) {
  std::vector<std::string> told;
  for (const json::value& diagnostic : Find(params, {"diagnostics"})->get_array()) {
    const auto number = [&](std::string_view end, std::string_view what) {
      return std::to_string(IntegerAt(diagnostic, {"range", end, what}).value_or(-1));
    };
    told.push_back(StringAt(diagnostic, {"code"}).value_or("-") + " " + number("start", "line") +
                   ":" + number("start", "character") + "-" + number("end", "line") + ":" +
                   number("end", "character") + " severity " +
                   std::to_string(IntegerAt(diagnostic, {"severity"}).value_or(0)));
  }
  return told;
}

using Lines = std::vector<std::string>;

TEST(Publish, AFindingWithAllThatTheClientTakes) {
  Conversation talk;
  talk.Initialize(kAll).Open(kDuplicate).ShutDown();
  ASSERT_EQ(talk.Run(), 0);
  ASSERT_EQ(talk.Published().size(), 1U);
  const json::value params = talk.Published()[0];
  EXPECT_EQ(StringAt(params, {"uri"}), Conversation::kUri);
  EXPECT_EQ(IntegerAt(params, {"version"}), 1);
  EXPECT_EQ(Told(params), Lines{"SL504 1:31-1:37 severity 2"});
  const json::value& diagnostic = Find(params, {"diagnostics"})->get_array()[0];
  EXPECT_EQ(StringAt(diagnostic, {"source"}), "seccomp-lint");
  EXPECT_EQ(StringAt(diagnostic, {"message"}),
            "read has been given the same before: this has no effect\nhelp: remove it");
  EXPECT_EQ(*Find(diagnostic, {"tags"}), Parsed("[1]"));
  EXPECT_EQ(*Find(diagnostic, {"relatedInformation"}),
            Parsed(R"([{"location": {"uri": "file:///profiles/a.json", "range": {
                         "start": {"line": 1, "character": 23},
                         "end": {"line": 1, "character": 29}}},
                        "message": "first named here"}])"));
}

constexpr const char* kResource = R"(apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
spec:
  # übel
  defaultAction: SCMP_ACT_ALLOW
  syscalls: [{names: [mounnt], action: SCMP_ACT_ERRNO}]
)";

TEST(Publish, SeccompProfilesInYaml) {
  constexpr std::string_view kUri = "file:///profiles/a.yaml";
  Conversation talk;
  talk.Initialize(kAll).Open(kResource, kUri, "yaml").Open("a: [1", "file:///b.yaml", "yaml");
  talk.ShutDown();
  ASSERT_EQ(talk.Run(), 0);
  ASSERT_EQ(talk.Published().size(), 1U);
  EXPECT_EQ(StringAt(talk.Published()[0], {"uri"}), kUri);
  EXPECT_EQ(Told(talk.Published()[0]), Lines{"SL301 5:22-5:28 severity 1"});
}

TEST(Publish, NothingThatTheClientDoesNotTake) {
  Conversation talk;
  talk.Initialize().Open(kDuplicate).ShutDown();
  talk.Run();
  const json::value params = talk.Published().at(0);
  EXPECT_EQ(Find(params, {"version"}), nullptr);
  const json::value& diagnostic = Find(params, {"diagnostics"})->get_array()[0];
  EXPECT_EQ(Find(diagnostic, {"tags"}), nullptr);
  EXPECT_EQ(Find(diagnostic, {"relatedInformation"}), nullptr);
}

TEST(Publish, ColumnsAreInTheEncodingThatWasAgreedOn) {
  const std::string text =
      "{\"defaultAction\": \"SCMP_ACT_ERRNO\",\r\n"
      "\"syscalls\": [{\"comment\": \"e\u0301 \U0001F600\", "
      "\"names\": [\"execve\", \"redd\"], \"action\": \"SCMP_ACT_ALLOW\"}]}";
  const auto columns = [&](const char* encoding) {
    Conversation talk;
    talk.Initialize(R"({"general": {"positionEncodings": [")" + std::string(encoding) + "\"]}}");
    talk.Open(text).ShutDown();
    talk.Run();
    return Told(talk.Published().at(0));
  };
  EXPECT_EQ(columns("utf-16"), Lines{"SL301 1:54-1:60 severity 1"});
  EXPECT_EQ(columns("utf-8"), Lines{"SL301 1:57-1:63 severity 1"});
  EXPECT_EQ(columns("utf-32"), Lines{"SL301 1:53-1:59 severity 1"});
}

TEST(Publish, OnlyTheLatestVersionWhileTheClientTalks) {
  const json::object whole = {{"text", kDuplicate}};
  Conversation talk;
  talk.Initialize(kAll).Open("{\"syscalls\": 1}");
  talk.Change(2, {json::object{{"text", "{\"syscalls\": 2}"}}}).Change(3, {whole});
  talk.Pause().Change(4, {whole}).ShutDown();
  ASSERT_EQ(talk.Run(), 0);
  std::vector<std::int64_t> versions;
  for (const json::value& params : talk.Published()) {
    versions.push_back(IntegerAt(params, {"version"}).value_or(0));
  }
  EXPECT_EQ(versions, (std::vector<std::int64_t>{3, 4}));
}

TEST(Publish, IncrementalChangesMoveAndMendFindings) {
  Conversation talk;
  talk.Initialize(kAll).Open(kDuplicate).Pause();
  talk.Change(2, {Parsed(R"({"range": {"start": {"line": 1, "character": 0},
                                       "end": {"line": 1, "character": 0}}, "text": "\n\n"})"),
                  Parsed(R"({"range": {"start": {"line": 3, "character": 2},
                                       "end": {"line": 3, "character": 2}}, "text": " "})")})
      .Pause();
  talk.Change(3, {Parsed(R"({"range": {"start": {"line": 3, "character": 30},
                                       "end": {"line": 3, "character": 38}}, "text": ""})")});
  talk.ShutDown();
  talk.Run();
  ASSERT_EQ(talk.Published().size(), 3U);
  EXPECT_EQ(Told(talk.Published()[1]), Lines{"SL504 3:32-3:38 severity 2"});
  EXPECT_EQ(Told(talk.Published()[2]), Lines{});
}

TEST(Publish, ClosingTakesThemBack) {
  Conversation talk;
  talk.Initialize(kAll).Open(kDuplicate).Pause();
  talk.Notify("textDocument/didClose",
              json::object{{"textDocument", json::object{{"uri", Conversation::kUri}}}})
      .Ask(1, "hover", 0, 3)
      .ShutDown();
  talk.Run();
  ASSERT_EQ(talk.Published().size(), 2U);
  EXPECT_EQ(Told(talk.Published()[1]), Lines{});
  EXPECT_EQ(Find(talk.Published()[1], {"version"}), nullptr);
  EXPECT_TRUE(talk.Result(1).is_null());
}

TEST(Publish, OtherJsonIsLeftAlone) {
  Conversation talk;
  talk.Initialize(kAll)
      .Open(R"({"name": "package", "version": 1,})")
      .Open(kDuplicate, "file:///a.yaml", "yaml")
      .Open("{}", "untitled:1", "seccomp")
      .ShutDown();
  talk.Run();
  ASSERT_EQ(talk.Published().size(), 1U) << "the one that says that it is a profile";
  EXPECT_EQ(StringAt(talk.Published()[0], {"uri"}), "untitled:1");
  EXPECT_EQ(Told(talk.Published()[0]).at(0), "SL103 0:0-0:1 severity 1");
}

TEST(Publish, ADocumentMayBecomeAProfileAndCeaseToBe) {
  Conversation talk;
  talk.Initialize(kAll).Open("{}").Pause();
  talk.Change(2, {json::object{{"text", R"({"defaultAction": )"}}}).Pause();
  talk.Change(3, {json::object{{"text", "{"}}}).Pause();
  talk.Change(4, {json::object{{"text", "{}"}}}).ShutDown();
  talk.Run();
  ASSERT_EQ(talk.Published().size(), 2U);
  EXPECT_EQ(Told(talk.Published()[0]).at(0).substr(0, 5), "SL001");
  EXPECT_EQ(Told(talk.Published()[1]), Lines{});
}

TEST(Publish, SuppressedFindingsAreLeftOutAndNotesAreInformation) {
  Conversation talk;
  talk.Initialize(kAll)
      .Open(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["execve", "read", "read"], "action": "SCMP_ACT_ALLOW",
   "comment": "seccomp-lint: ignore SL504 -- twice is safer"},
  {"names": ["write"], "action": "SCMP_ACT_ALLOW",
   "comment": "seccomp-lint: ignore SL504 -- not needed"}]})")
      .ShutDown();
  talk.Run();
  const Lines told = Told(talk.Published().at(0));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0], "- 4:36-4:41 severity 3");
}

TEST(Publish, WhatHoldsOnSomeTargetsSaysSo) {
  const char* text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["execve", "mseal"], "action": "SCMP_ACT_ALLOW"}]})";
  Conversation talk;
  talk.Initialize(kAll, R"({"targets": ["kernel=6.1", "kernel=6.10"]})").Open(text).Pause();
  talk.Notify("workspace/didChangeConfiguration",
              Parsed(R"({"settings": {"seccomp-lint": {"targets": ["kernel=6.11"]}}})"));
  talk.Pause().Notify("workspace/didChangeConfiguration",
                      Parsed(R"({"settings": {"targets": ["kernel=high\u001b"]}})"));
  talk.Pause().Notify("workspace/didChangeConfiguration", Parsed(R"({"settings": null})"));
  talk.ShutDown();
  talk.Run();
  ASSERT_EQ(talk.Published().size(), 4U);
  const json::value published = talk.Published()[0];
  const json::value& first = Find(published, {"diagnostics"})->get_array().at(0);
  EXPECT_EQ(StringAt(first, {"code"}), "SL206");
  EXPECT_NE(StringAt(first, {"message"})->find("\non: kernel=6.1"), std::string::npos)
      << *StringAt(first, {"message"});
  for (const std::string& line : Told(talk.Published()[1])) EXPECT_FALSE(line.starts_with("SL206"));
  EXPECT_EQ(Told(talk.Published()[2]), Lines{"- 0:0-0:1 severity 1"});
  EXPECT_EQ(talk.Published()[3], talk.Published()[2]) << "settings without targets choose none";
}

// What the settings of a path are is the caller's affair.
TEST(Publish, SettingsThatCannotBeReadAreShownOnceAndReadAnew) {
  std::vector<std::string> paths;
  bool is_broken = true;
  const auto settings = [&](const std::string& path, const std::vector<std::string>& targets) {
    paths.push_back(path);
    if (is_broken) {
      is_broken = paths.size() < 2;
      return schema::Result<Settings>(
          schema::Error{schema::ErrorCode::kInvalid, "/p/.seccomp-lint.json:1:2: wrong\x1b", 0});
    }
    return TestSettings(path, targets);
  };
  Conversation talk;
  talk.Initialize(kAll).Open(kDuplicate, "file:///p/a%20b.json");
  talk.Open(kDuplicate, "untitled:1").Pause();
  talk.Notify("workspace/didChangeWatchedFiles", Parsed(R"({"changes": []})")).ShutDown();
  ASSERT_EQ(talk.Run(settings), 0);
  EXPECT_EQ(paths, (Lines{"/p/a b.json", "-", "/p/a b.json", "-"}));
  const auto shown = talk.Notified("window/showMessage");
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(StringAt(shown[0], {"message"}), "seccomp-lint: /p/.seccomp-lint.json:1:2: wrong\\x1b");
  ASSERT_EQ(talk.Published().size(), 4U);
  EXPECT_EQ(Told(talk.Published()[0]), Lines{"- 0:0-0:1 severity 1"});
  EXPECT_EQ(Told(talk.Published()[2]), Lines{"SL504 1:31-1:37 severity 2"});
  const json::value asked = talk.Answer("watch-configs");
  EXPECT_TRUE(asked.is_null());
  EXPECT_EQ(talk.Notified("client/registerCapability").size(), 1U);
}

TEST(Publish, FindingsOfABaselineAreLeftOut) {
  Conversation talk;
  talk.Initialize(kAll).Open(kDuplicate).ShutDown();
  talk.Run([](const std::string& path, const std::vector<std::string>& targets) {
    auto settings = TestSettings(path, targets);
    settings->accept = [](engine::FileReport& report) { report.reports.clear(); };
    return settings;
  });
  EXPECT_EQ(Told(talk.Published().at(0)), Lines{});
}

TEST(Publish, HostileDocumentsAreOnlyDocuments) {
  const std::string long_line =
      R"({"syscalls": [{"names": [)" + std::string(1 << 20, ' ') + "\"redd\"";
  std::string many = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["\u0000)";
  for (int i = 0; i < 20000; ++i) many += "\",\"\U0001F600\x1b" + std::to_string(i);
  for (const std::string& text :
       {std::string(1 << 20, '['), std::string(1 << 20, '{'), long_line, many,
        R"({"syscalls":)" + std::string(40, '['), std::string("{\"syscalls\": \"\xff\xfe"),
        std::string("\xEF\xBB\xBF{\"syscalls\": []}")}) {
    Conversation talk;
    talk.Initialize(kAll).Body(json::serialize(json::object{
        {"method", "textDocument/didOpen"},
        {"params", json::object{{"textDocument", json::object{{"uri", Conversation::kUri},
                                                              {"languageId", "seccomp"},
                                                              {"version", 1},
                                                              {"text", text}}}}}}));
    talk.Pause().Ask(1, "hover", 0, 30).Ask(2, "completion", 0, 1u << 20).AskActions(3, 0);
    talk.Request(4, "textDocument/documentSymbol",
                 json::object{{"textDocument", json::object{{"uri", Conversation::kUri}}}});
    talk.ShutDown();
    EXPECT_EQ(talk.Run(), 0);
    for (int id = 1; id <= 4; ++id) EXPECT_EQ(talk.ErrorCode(id), 0);
    EXPECT_EQ(talk.Published().size(), 1U) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace lint::lsp
