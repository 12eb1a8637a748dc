// `seccomp-lint lsp`, the program: its command line, its exit codes, and the configs and baselines
// that hold for a document as they do for a file of `check`.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "lint/lsp/frames.h"
#include "tests/lint/cli_fixture.h"

namespace {

namespace json = boost::json;

constexpr const char* kDuplicate =
    R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["execve", "read", "read"],
 "action": "SCMP_ACT_ALLOW"}]})";

class LspCliTest : public CliTest {
 protected:
  static std::string Message(json::object message) {
    message["jsonrpc"] = "2.0";
    return lint::lsp::Framed(json::serialize(message));
  }

  // A hover on the first `read` of the document (request 1) and the actions of its first line
  // (request 2).
  std::string Conversation(const std::string& uri) {
    const json::object name = {{"uri", uri}};
    const json::object document = {
        {"uri", uri}, {"languageId", "json"}, {"version", 1}, {"text", kDuplicate}};
    const json::object read = {{"line", 0}, {"character", 75}};
    const json::object end = {{"line", 0}, {"character", 200}};
    const json::value capabilities =
        json::parse(R"({"textDocument": {"codeAction": {"codeActionLiteralSupport": {}}}})");
    return Message({{"id", 0},
                    {"method", "initialize"},
                    {"params", json::object{{"capabilities", capabilities}}}}) +
           Message({{"method", "textDocument/didOpen"},
                    {"params", json::object{{"textDocument", document}}}}) +
           Message({{"id", 1},
                    {"method", "textDocument/hover"},
                    {"params", json::object{{"textDocument", name}, {"position", read}}}}) +
           Message(
               {{"id", 2},
                {"method", "textDocument/codeAction"},
                {"params", json::object{{"textDocument", name},
                                        {"range", json::object{{"start", read}, {"end", end}}}}}}) +
           Message({{"id", 3}, {"method", "shutdown"}}) + Message({{"method", "exit"}});
  }

  std::string UriOf(const std::string& name) { return "file://" + (directory_ / name).string(); }

  Outcome Talk(const std::string& uri, const std::string& options = "") {
    Write("conversation", Conversation(uri));
    return Run("lsp " + options + " <conversation");
  }
};

bool Has(const Outcome& outcome, std::string_view text) {
  return outcome.out.find(text) != std::string::npos;
}

TEST_F(LspCliTest, ExitCodes) {
  EXPECT_EQ(Talk("untitled:a").exit_code, 0);
  EXPECT_EQ(Talk("untitled:a", "--stdio").exit_code, 0);
  EXPECT_EQ(Shell("printf '' | " SECCOMP_LINT " lsp").exit_code, 1);
  EXPECT_EQ(Run("lsp a.json </dev/null").exit_code, 2);
  EXPECT_EQ(Run("lsp --target kernel=high </dev/null").exit_code, 2);
  const Outcome broken = Shell("printf 'nonsense\\n\\n' | " SECCOMP_LINT " lsp");
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_TRUE(Has(broken, "-32700")) << broken.out;
}

TEST_F(LspCliTest, TheNearestConfigHolds) {
  Write("a/.seccomp-lint.json", R"({"targets": ["arch=arm64,libseccomp=2.5.4"]})");
  EXPECT_TRUE(Has(Talk(UriOf("a/deep/er/p.json")), "Number 63 on aarch64."));
  EXPECT_TRUE(Has(Talk(UriOf("a/p%2ejson")), "Number 63 on aarch64."));
  EXPECT_FALSE(Has(Talk(UriOf("b/p.json")), "aarch64"));
  Write("other.json", R"({"targets": ["arch=riscv64,libseccomp=2.5.4"]})");
  EXPECT_TRUE(Has(Talk(UriOf("a/p.json"), "--config other.json"), "riscv64"));
  const Outcome target = Talk(UriOf("a/p.json"), "--target arch=s390x");
  EXPECT_TRUE(Has(target, "Number 3 on s390x.")) << target.out;
}

TEST_F(LspCliTest, ABrokenConfigLeavesTheFacts) {
  Write(".seccomp-lint.json", R"({"targets": 7})");
  const Outcome outcome = Talk(UriOf("p.json"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(Has(outcome, "read(int, pointer, long)"));
  EXPECT_FALSE(Has(outcome, "This profile gives it"));
  EXPECT_FALSE(Has(outcome, "SL504"));
  EXPECT_FALSE(Has(outcome, "internal error")) << outcome.out;
}

TEST_F(LspCliTest, WhatTheBaselineKnowsHasNoAction) {
  Write("p.json", kDuplicate);
  Write("p2.json", kDuplicate);
  ASSERT_EQ(Run("--write-baseline known.json p.json").exit_code, 0);
  Write(".seccomp-lint.json", R"({"baseline": "known.json"})");
  EXPECT_FALSE(Has(Talk(UriOf("p.json")), "SL504"));
  EXPECT_TRUE(Has(Talk(UriOf("p2.json")), "Remove \\\"read\\\" (SL504)"));
}

}  // namespace
