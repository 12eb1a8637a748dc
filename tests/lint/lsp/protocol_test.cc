// The base protocol and the life of a server, by what it says over a stream.

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "tests/lint/lsp/conversation.h"

namespace lint::lsp {
namespace {

constexpr const char* kProfile =
    R"({"defaultAction": "SCMP_ACT_ERRNO",
 "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})";

TEST(Frames, HeadersCountInAnyCaseAndOthersAreSkipped) {
  Bursts input({"content-type: application/vscode-jsonrpc; charset=utf-8\r\n"
                "CONTENT-LENGTH:  2 \r\n\r\n{}Content-Length: 1\n\n1"},
               1);  // a byte a read
  FrameReader frames(input);
  EXPECT_EQ(frames.Next().text, "{}");
  EXPECT_EQ(frames.Next().text, "1");
  EXPECT_EQ(frames.Next().kind, Frame::Kind::kEnd);
}

TEST(Frames, WhatIsNoHeaderBreaksTheStream) {
  for (const std::string& bytes :
       {std::string("Content-Length 5\r\n\r\nabcde"), std::string("Content-Length: five\r\n\r\n"),
        std::string("Content-Length: -1\r\n\r\n"), std::string("X: y\r\n\r\n"),
        std::string("Content-Length: 99999999999999999999999\r\n\r\n"), std::string("{"),
        "X: " + std::string(kMaxHeader, 'y') + "\r\n\r\n", std::string(1 << 20, 'x')}) {
    Bursts input({bytes});
    FrameReader frames(input);
    EXPECT_EQ(frames.Next().kind, Frame::Kind::kBroken) << bytes.substr(0, 40);
  }
}

TEST(Frames, ABodyThatEndsTooSoonIsTheEnd) {
  Bursts input({"Content-Length: 5\r\n\r\nabc"});
  EXPECT_EQ(FrameReader(input).Next().kind, Frame::Kind::kEnd);
}

TEST(Frames, TooLongABodyIsSkipped) {
  const std::string length = std::to_string(kMaxBody + 1);
  Bursts input(
      {"Content-Length: " + length + "\r\n\r\n", std::string(kMaxBody + 1, ' '), Framed("next")});
  FrameReader frames(input);
  EXPECT_EQ(frames.Next().kind, Frame::Kind::kLost);
  EXPECT_EQ(frames.Next().text, "next");
}

TEST(Protocol, LivesFromInitializeToExit) {
  Conversation talk;
  talk.Initialize(R"({"general": {"positionEncodings": ["utf-7", "utf-8", "utf-16"]}})").ShutDown();
  EXPECT_EQ(talk.Run(&TestSettings, 1), 0);
  const json::value result = talk.Result(0);
  EXPECT_EQ(StringAt(result, {"capabilities", "positionEncoding"}), "utf-8");
  EXPECT_EQ(IntegerAt(result, {"capabilities", "textDocumentSync", "change"}), 2);
  EXPECT_EQ(StringAt(result, {"serverInfo", "version"}), "1.2.3");
  EXPECT_TRUE(talk.Result(999).is_null());
  EXPECT_EQ(talk.sent.size(), 2U);
}

TEST(Protocol, EncodingIsUtf16WithoutAWord) {
  Conversation talk;
  talk.Initialize().ShutDown();
  talk.Run();
  EXPECT_EQ(StringAt(talk.Result(0), {"capabilities", "positionEncoding"}), "utf-16");
}

TEST(Protocol, ExitCodeTellsAboutTheShutdown) {
  Conversation without;
  without.Initialize().Notify("exit", nullptr);
  EXPECT_EQ(without.Run(), 1);
  Conversation at_once;
  at_once.Notify("exit", nullptr);
  EXPECT_EQ(at_once.Run(), 1);
  Conversation hung_up;
  hung_up.Initialize();
  EXPECT_EQ(hung_up.Run(), 1);
}

TEST(Protocol, RequestsOutOfOrderAreRefused) {
  Conversation talk;
  talk.Request(1, "textDocument/hover", json::object())
      .Request(2, "shutdown", nullptr)
      .Open(kProfile)
      .Initialize()
      .Request(3, "initialize", json::object())
      .Request(4, "textDocument/formatting", json::object())
      .Request(5, "$/unknown", json::object())
      .Notify("$/cancelRequest", json::object{{"id", 4}})
      .Notify("workspace/unknown", json::object())
      .Request(999, "shutdown", nullptr)
      .Request(6, "textDocument/hover", json::object())
      .Notify("exit", nullptr);
  EXPECT_EQ(talk.Run(), 0);
  EXPECT_EQ(talk.ErrorCode(1), -32002);
  EXPECT_EQ(talk.ErrorCode(2), -32002);
  EXPECT_EQ(talk.ErrorCode(3), -32600);
  EXPECT_EQ(talk.ErrorCode(4), -32601);
  EXPECT_EQ(talk.ErrorCode(5), -32601);
  EXPECT_EQ(talk.ErrorCode(6), -32600);
  EXPECT_TRUE(talk.Published().empty()) << "opened before initialize";
}

TEST(Protocol, MalformedMessagesAreAnsweredAndTheNextIsTaken) {
  for (const auto& [body, code] : std::vector<std::pair<std::string, int>>{
           {"{", -32700},
           {"", -32700},
           {std::string(100000, '['), -32700},
           {"[]", -32600},
           {R"([{"jsonrpc":"2.0","id":1,"method":"shutdown"}])", -32600},
           {R"({"jsonrpc":"2.0"})", -32600},
           {R"({"id":null,"method":"shutdown"})", -32600},
           {R"({"id":{},"method":"shutdown"})", -32600},
           {R"({"method":7})", -32600},
           {R"({"method":""})", -32600}}) {
    Conversation talk;
    talk.Initialize().Body(body).Request(8, "textDocument/none", nullptr).ShutDown();
    EXPECT_EQ(talk.Run(), 0);
    EXPECT_EQ(talk.ErrorCode(nullptr), code) << body.substr(0, 60);
    EXPECT_EQ(talk.ErrorCode(8), -32601);
  }
}

TEST(Protocol, ABrokenHeaderEndsIt) {
  Conversation talk;
  talk.Initialize().Raw("Content-Length: x\r\n\r\n").Request(8, "shutdown", nullptr);
  EXPECT_EQ(talk.Run(), 1);
  EXPECT_EQ(talk.ErrorCode(nullptr), -32700);
  EXPECT_TRUE(talk.Answer(8).is_null());
}

TEST(Protocol, IdsMayBeStringsAndResponsesAreIgnored) {
  Conversation talk;
  talk.Initialize()
      .Body(R"({"id":"a","method":"textDocument/none"})")
      .Body(R"({"id":"watch-configs","result":null})")
      .Body(R"({"id":7,"error":{"code":1,"message":""}})")
      .ShutDown();
  EXPECT_EQ(talk.Run(), 0);
  EXPECT_EQ(talk.ErrorCode("a"), -32601);
  EXPECT_EQ(talk.sent.size(), 3U);
}

TEST(Protocol, ParamsThatLackSomethingAreInvalid) {
  Conversation talk;
  talk.Initialize().Open(kProfile);
  int id = 1;
  for (const char* method :
       {"textDocument/hover", "textDocument/completion", "textDocument/codeAction"}) {
    talk.Request(id++, method, nullptr);
    talk.Request(id++, method, json::array{1});
    talk.Request(id++, method, Parsed(R"({"position": {"line": -1, "character": 0}})"));
  }
  talk.Request(id, "codeAction/resolve", Parsed("[]"));
  talk.Notify("textDocument/didOpen", nullptr);
  talk.Notify("textDocument/didChange", Parsed(R"({"textDocument": {"uri": "x:y"}})"));
  talk.ShutDown();
  EXPECT_EQ(talk.Run(), 0);
  for (int one = 1; one <= id; ++one) EXPECT_EQ(talk.ErrorCode(one), -32602) << one;
  EXPECT_EQ(talk.Notified("window/logMessage").size(), 2U);
}

TEST(Protocol, ADocumentThatIsNotOpenHasNoAnswer) {
  Conversation talk;
  talk.Initialize().Ask(1, "hover", 0, 0).Ask(2, "completion", 0, 0).AskActions(3, 0).ShutDown();
  talk.Run();
  for (int id = 1; id <= 3; ++id) EXPECT_TRUE(talk.Result(id).is_null());
}

// Bugs of ours become errors of the request.
TEST(Protocol, ExceptionsAreInternalErrors) {
  Conversation talk;
  talk.Initialize().Open(kProfile).Ask(1, "hover", 1, 27).Pause().Request(2, "x", nullptr);
  talk.ShutDown();
  const int code =
      talk.Run([](const std::string&, const std::vector<std::string>&) -> schema::Result<Settings> {
        throw std::runtime_error("oh\x1b");
      });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(talk.ErrorCode(1), -32603);
  EXPECT_EQ(talk.ErrorCode(2), -32601);
  ASSERT_EQ(talk.Notified("window/logMessage").size(), 1U) << "the check, once";
  EXPECT_EQ(StringAt(talk.Notified("window/logMessage")[0], {"message"}),
            "seccomp-lint: a check failed, please report it: oh\\x1b");
}

TEST(Message, HalvesOfSurrogatePairsBecomeOneUnit) {
  const auto text = [](std::string_view escaped) {
    const auto parsed = ParseMessage(R"({"method":"m","params":")" + std::string(escaped) + "\"}");
    EXPECT_TRUE(parsed.message) << escaped;
    return parsed.message ? std::string(parsed.message->params.get_string()) : "";
  };
  EXPECT_EQ(text(R"(a\ud83db)"), "a\uFFFDb");
  EXPECT_EQ(text(R"(\uDE00)"), "\uFFFD");
  EXPECT_EQ(text(R"(\ud83d\ud83d\ude00)"), "\uFFFD\U0001F600");
  EXPECT_EQ(text(R"(\ud83d\n)"), "\uFFFD\n");
  EXPECT_EQ(text(R"(\\ud83d)"), "\\ud83d");
  EXPECT_EQ(text("\xff|\xc3"), "\uFFFD|\uFFFD");
}

}  // namespace
}  // namespace lint::lsp
