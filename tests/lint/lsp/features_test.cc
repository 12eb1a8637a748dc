// Hover, completion, code actions, symbols.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lint/engine/fix_text.h"
#include "lint/lsp/hover.h"
#include "lint/lsp/markup.h"
#include "lint/lsp/vocabulary.h"
#include "schema/kernel/syscall.h"
#include "tests/lint/lsp/conversation.h"

namespace lint::lsp {
namespace {

constexpr const char* kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    {"names": ["execve", "personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
    {"names": ["socket", "reed", "execvp", "read"], "action": "SCMP_ACT_LOG",
     "includes": {"caps": ["CAP_BPF"], "arches": ["amd64"]}}
  ],
  "flags": ["SECCOMP_FILTER_FLAG_LOG"]
}
)";

// The hover at the first place of `word`, plus `off` bytes.
std::string HoverOf(std::string_view text, std::string_view word, std::size_t off = 1,
                    std::string_view capabilities = "{}") {
  const LineIndex index(text, PositionEncoding::kUtf16);
  const LinePosition at = index.At(text.find(word) + off);
  Conversation talk;
  talk.Initialize(capabilities).Open(text).Ask(1, "hover", at.line, at.character).ShutDown();
  EXPECT_EQ(talk.Run(), 0);
  return StringAt(talk.Result(1), {"contents", "value"}).value_or("");
}

TEST(Hover, TellsAboutACall) {
  EXPECT_EQ(HoverOf(kProfile, "personality"),
            "personality(int)\n"
            "Since Linux 1.2.\n"
            "Number 135 on x86_64, 136 on x86.\n"
            "Risk: it turns off the randomisation of addresses, or on the emulation of other "
            "systems, which is poorly tested (Docker).\n"
            "This profile gives it: SCMP_ACT_ALLOW if arg0 == 8, else SCMP_ACT_ERRNO(ENOSYS) on "
            "x86_64, x86.");
  const std::string socket = HoverOf(kProfile, "socket");
  EXPECT_NE(socket.find("Also socketcall(1, ...) on x86."), std::string::npos) << socket;
  EXPECT_EQ(HoverOf(kProfile, "execvp"),
            "execvp\nA function of the C library, no system call: it calls execve.");
  EXPECT_EQ(HoverOf(kProfile, "reed"), "");
}

TEST(Hover, TellsWhatDiffersByTarget) {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]})";
  Conversation talk;
  talk.Initialize("{}", R"({"targets": ["caps=docker", "caps=all"]})").Open(text);
  talk.Ask(1, "hover", 1, 18).ShutDown();
  talk.Run();
  const std::string told = StringAt(talk.Result(1), {"contents", "value"}).value_or("");
  EXPECT_NE(told.find("Needs CAP_SYS_ADMIN."), std::string::npos) << told;
  EXPECT_NE(told.find("on caps=docker: SCMP_ACT_ERRNO(EPERM) on x86_64."), std::string::npos)
      << told;
  EXPECT_NE(told.find("on caps=all: SCMP_ACT_ALLOW on x86_64."), std::string::npos) << told;
}

TEST(Hover, TellsAboutTheOtherWords) {
  EXPECT_EQ(HoverOf(kProfile, "SCMP_ACT_LOG"),
            "SCMP_ACT_LOG\nMakes the call, and logs it.\n"
            "Since Linux 4.14 and libseccomp 2.4.0.");
  EXPECT_EQ(HoverOf(kProfile, "38"), "ENOSYS\nError number 38: Function not implemented.");
  EXPECT_EQ(HoverOf(kProfile, "SCMP_CMP_EQ"),
            "SCMP_CMP_EQ\nargument == value, unsigned, in 64 bits.");
  EXPECT_EQ(HoverOf(kProfile, "CAP_BPF"),
            "CAP_BPF\nCapability 39, since Linux 5.8.\n"
            "None of those that Docker gives a container.");
  EXPECT_EQ(HoverOf(kProfile, "amd64"), "amd64\nDocker's name of x86_64.");
  EXPECT_EQ(HoverOf(kProfile, "SECCOMP_FILTER_FLAG_LOG"),
            "SECCOMP_FILTER_FLAG_LOG\nSince Linux 4.14.\nlibseccomp can set it since 2.4.0.");
  EXPECT_EQ(HoverOf(kProfile, "\"names\""), "names\nThe calls that the rule is about.");
  EXPECT_EQ(HoverOf(kProfile, "\"names\"", 0), "names\nThe calls that the rule is about.");
  EXPECT_EQ(HoverOf(kProfile, "[\"execve", 0), "");
}

TEST(Hover, WorksInBrokenTextWithoutTheProfilesPart) {
  EXPECT_EQ(HoverOf("{\"syscalls\": [{\"names\": [\"vhangup", "vhangup"),
            "vhangup()\nSince Linux 1.0.\nNeeds CAP_SYS_TTY_CONFIG.\nNumber 153 on x86_64.");
}

TEST(Hover, IsMarkdownWhereTheClientShowsIt) {
  EXPECT_EQ(HoverOf(kProfile, "SCMP_CMP_EQ", 1,
                    R"({"textDocument": {"hover": {"contentFormat": ["plaintext", "markdown"]}}})"),
            "````c\nSCMP_CMP_EQ\n````\n\nargument == value, unsigned, in 64 bits.");
  EXPECT_EQ(MarkdownEscaped("SCMP_ACT_LOG if arg0 & 1 == 0, arg1 < 2"),
            "SCMP_ACT_LOG if arg0 & 1 == 0, arg1 < 2");
  EXPECT_EQ(MarkdownEscaped("<b> &lt; [a](b) `c` _d_ *e* ~f~ \\"),
            "\\<b> \\&lt; \\[a\\](b) \\`c\\` \\_d\\_ \\*e\\* \\~f\\~ \\\\");
  EXPECT_EQ(MarkdownEscaped("# x"), "\\# x");
  EXPECT_EQ(Rendered({"a\n````\x1b", {}}, true), "````c\na\\x0a````\\x1b\n````");
}

// Every word that is offered is one that the hover knows.
TEST(Vocabulary, KnowsItsWords) {
  for (const Vocabulary vocabulary :
       {Vocabulary::kAction, Vocabulary::kArchitecture, Vocabulary::kDockerArchitecture,
        Vocabulary::kOperator, Vocabulary::kCapability, Vocabulary::kFlag,
        Vocabulary::kErrnoName}) {
    EXPECT_GE(WordsOf(vocabulary).size(), 6U);
    for (const std::string& word : WordsOf(vocabulary)) {
      EXPECT_TRUE(FactsOf(vocabulary, word)) << word;
    }
    EXPECT_FALSE(FactsOf(vocabulary, "nonsense"));
  }
  for (const auto& syscall : schema::kernel::Syscalls()) {
    EXPECT_TRUE(SyscallFacts(syscall.name, nullptr)) << syscall.name;
  }
}

// Labels and the text that the first one writes, at the | of `text`.
struct Offered {
  std::vector<std::string> labels;
  json::value first;
};

Offered CompletionsOf(std::string text, std::string_view options = "{}") {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  const LineIndex index(text, PositionEncoding::kUtf16);
  const LinePosition at = index.At(cursor);
  Conversation talk;
  talk.Initialize("{}", options).Open(text).Ask(1, "completion", at.line, at.character).ShutDown();
  EXPECT_EQ(talk.Run(), 0);
  Offered offered;
  const json::value result = talk.Result(1);
  if (!result.is_array()) return offered;
  for (const json::value& item : result.get_array()) {
    offered.labels.push_back(StringAt(item, {"label"}).value_or("?"));
  }
  if (!result.get_array().empty()) offered.first = result.get_array()[0];
  return offered;
}

bool Has(const Offered& offered, std::string_view label) {
  return std::ranges::find(offered.labels, label) != offered.labels.end();
}

TEST(Completion, OffersTheCallsOfTheArchitectures) {
  const Offered calls = CompletionsOf("{\"syscalls\": [{\"names\": [\"read\", \"wr|\n");
  EXPECT_TRUE(Has(calls, "write"));
  EXPECT_FALSE(Has(calls, "read")) << "named already";
  EXPECT_FALSE(Has(calls, "socketcall")) << "x86's";
  const Offered more = CompletionsOf(
      "{\"architectures\": [\"SCMP_ARCH_X86\"], \"syscalls\": [{\"names\": [\"|\"]}]}");
  EXPECT_TRUE(Has(more, "socketcall"));
  const Offered arm =
      CompletionsOf("{\"syscalls\": [{\"names\": [|]}]}", R"({"targets": ["arch=arm64"]})");
  EXPECT_FALSE(Has(arm, "fork"));
  EXPECT_TRUE(Has(arm, "clone"));
}

TEST(Completion, ReplacesTheWordAndBringsQuotes) {
  const Offered inside = CompletionsOf("{\"syscalls\": [{\"names\": [\"a|b\"]}]}");
  EXPECT_EQ(*Find(inside.first, {"textEdit"}),
            Parsed(R"({"range": {"start": {"line": 0, "character": 26},
                                 "end": {"line": 0, "character": 28}}, "newText": "_sysctl"})"));
  EXPECT_EQ(StringAt(inside.first, {"detail"}), "_sysctl(pointer)");
  const Offered unclosed = CompletionsOf("{\"syscalls\": [{\"names\": [\"a|, \"b\"]}]}");
  EXPECT_EQ(IntegerAt(unclosed.first, {"textEdit", "range", "end", "character"}), 27);
  const Offered bare = CompletionsOf("{\"defaultAction\": |}");
  EXPECT_EQ(StringAt(bare.first, {"textEdit", "newText"}), "\"SCMP_ACT_KILL\"");
  const Offered key = CompletionsOf("{\"syscalls\": [], |}");
  EXPECT_EQ(StringAt(key.first, {"textEdit", "newText"}), "\"defaultAction\": ");
  EXPECT_FALSE(Has(key, "syscalls"));
}

TEST(Completion, OffersTheWordsOfThePlace) {
  EXPECT_TRUE(Has(CompletionsOf(R"({"defaultAction": "|"})"), "SCMP_ACT_ERRNO"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": [{"args": [{"op": "S|"}]}]})"), "SCMP_CMP_GE"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": [{"args": [{"|"}]}]})"), "valueTwo"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": [{"includes": {"caps": ["|"]}}]})"), "CAP_BPF"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": [{"excludes": {"|"}}]})"), "minKernel"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": [{"excludes": {"arches": ["|"]}}]})"), "arm64"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": 1, "architectures": ["|"]})"), "SCMP_ARCH_ARM"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"syscalls": 1, "archMap": [{"subArchitectures": ["|"]}]})"),
                  "SCMP_ARCH_X32"));
  EXPECT_TRUE(Has(CompletionsOf(R"({"defaultAction": 1, "defaultErrno": "|"})"), "EPERM"));
  EXPECT_TRUE(
      Has(CompletionsOf(R"({"defaultAction": 1, "flags": ["|"]})"), "SECCOMP_FILTER_FLAG_TSYNC"));
  for (const char* nothing :
       {R"({"defaultAction": "x" |})", R"({"syscalls": [{"comment": "|"}]})",
        R"({"defaultAction"| : 1})", R"({"syscalls": [{"args": [{"value": |}]}]})",
        R"(|{"defaultAction": 1})", R"({"name": "|"})", R"({"syscalls": [{"x": {"|"}}]})"}) {
    EXPECT_TRUE(CompletionsOf(nothing).labels.empty()) << nothing;
  }
}

constexpr const char* kActions = R"({
  "textDocument": {"codeAction": {"codeActionLiteralSupport": {}}},
  "workspace": {"workspaceEdit": {"documentChanges": true}}})";
constexpr const char* kResolving = R"({
  "textDocument": {"codeAction": {"codeActionLiteralSupport": {}, "dataSupport": true,
                                  "resolveSupport": {"properties": ["edit"]}}}})";

constexpr const char* kFixable =
    "{\r\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\r\n  \"syscalls\": [\r\n"
    "    {\"names\": [\"execve\", \"\U0001F600\", \"read\", \"read\"], "
    "\"action\": \"SCMP_ACT_ALLOW\"},\r\n"
    "    {\"names\": [\"reed\", \"chroot\"], \"action\": \"SCMP_ACT_ALLOW\"}\r\n  ]\r\n}\r\n";

// The text with the edits of one document, by whichever form the workspace edit has.
std::string Edited(std::string text, const json::value& edit) {
  const json::value* edits = Find(edit, {"changes", Conversation::kUri});
  if (edits == nullptr) {
    const json::value& change = Find(edit, {"documentChanges"})->get_array().at(0);
    EXPECT_EQ(StringAt(change, {"textDocument", "uri"}), Conversation::kUri);
    EXPECT_EQ(IntegerAt(change, {"textDocument", "version"}), 1);
    edits = Find(change, {"edits"});
  }
  for (auto one = edits->get_array().rbegin(); one != edits->get_array().rend(); ++one) {
    EXPECT_TRUE(ApplyChange(
        json::object{{"range", *Find(*one, {"range"})}, {"text", *Find(*one, {"newText"})}},
        PositionEncoding::kUtf16, text));
  }
  return text;
}

TEST(CodeAction, FixesAFinding) {
  Conversation talk;
  talk.Initialize(kActions).Open(kFixable).AskActions(1, 3, {"quickfix"}).ShutDown();
  talk.Run();
  const json::array actions = talk.Result(1).as_array();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(StringAt(actions[0], {"title"}), "Remove \"read\" (SL504)");
  EXPECT_TRUE(IsTrueAt(actions[0], {"isPreferred"}));
  EXPECT_EQ(StringAt(Find(actions[0], {"diagnostics"})->get_array().at(0), {"code"}), "SL504");
  std::string after = kFixable;
  after.erase(after.find(", \"read\"]"), 8);
  EXPECT_EQ(Edited(kFixable, *Find(actions[0], {"edit"})), after);
}

TEST(CodeAction, AnUnsafeFixSaysSoAndIsNotPreferred) {
  Conversation talk;
  talk.Initialize(kActions).Open(kFixable).AskActions(1, 4).ShutDown();
  talk.Run();
  const json::array actions = talk.Result(1).as_array();
  std::vector<std::string> titles;
  for (const json::value& action : actions) titles.push_back(*StringAt(action, {"title"}));
  EXPECT_EQ(titles, (std::vector<std::string>{
                        "Write \"read\" (SL301, changes what the profile means or says)",
                        "Allow pivot_root, too (SL401, changes what the profile means or says)",
                        "Fix all that can be fixed safely (seccomp-lint)"}));
  EXPECT_FALSE(IsTrueAt(actions[0], {"isPreferred"}));
}

TEST(CodeAction, FixAllIsWhatFixDoes) {
  const std::string fixed =
      engine::FixText("a.json", kFixable, TestSettings("", {})->options).report.document.text;
  ASSERT_NE(fixed, kFixable);
  for (const char* kind : {"source", "source.fixAll", "source.fixAll.seccomp-lint"}) {
    Conversation talk;
    talk.Initialize(kActions).Open(kFixable).AskActions(1, 0, {kind}).ShutDown();
    talk.Run();
    const json::array actions = talk.Result(1).as_array();
    ASSERT_EQ(actions.size(), 1U) << kind;
    EXPECT_EQ(Edited(kFixable, *Find(actions[0], {"edit"})), fixed);
  }
  Conversation none;
  none.Initialize(kActions).Open(kFixable).AskActions(1, 0, {"source.organizeImports"});
  none.AskActions(2, 0, {"source.fixAll.seccomp"}).ShutDown();
  none.Run();
  EXPECT_TRUE(none.Result(1).as_array().empty());
  EXPECT_TRUE(none.Result(2).as_array().empty());
}

TEST(CodeAction, FixAllIsMadeWhenItIsChosen) {
  Conversation ask;
  ask.Initialize(kResolving).Open(kFixable).AskActions(1, 0).ShutDown();
  ask.Run();
  const json::array actions = ask.Result(1).as_array();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(Find(actions[0], {"edit"}), nullptr);
  Conversation choose;
  choose.Initialize(kResolving).Open(kFixable).Request(1, "codeAction/resolve", actions[0]);
  choose.Change(2, {}).Request(2, "codeAction/resolve", actions[0]).ShutDown();
  choose.Run();
  const std::string fixed =
      engine::FixText("a.json", kFixable, TestSettings("", {})->options).report.document.text;
  EXPECT_EQ(Edited(kFixable, *Find(choose.Result(1), {"edit"})), fixed);
  EXPECT_EQ(Find(choose.Result(2), {"edit"}), nullptr) << "of an older version";
}

TEST(CodeAction, AClientWithoutLiteralsGetsNone) {
  Conversation talk;
  talk.Initialize().Open(kFixable).AskActions(1, 3).ShutDown();
  talk.Run();
  EXPECT_TRUE(talk.Result(1).is_null());
}

TEST(Symbols, AreTheRules) {
  for (const bool tree : {true, false}) {
    Conversation talk;
    talk.Initialize(tree ? R"({"textDocument": {"documentSymbol":
                                {"hierarchicalDocumentSymbolSupport": true}}})"
                         : "{}");
    talk.Open(kProfile).Request(
        1, "textDocument/documentSymbol",
        json::object{{"textDocument", json::object{{"uri", Conversation::kUri}}}});
    talk.ShutDown();
    talk.Run();
    const json::array symbols = talk.Result(1).as_array();
    ASSERT_EQ(symbols.size(), 2U);
    EXPECT_EQ(StringAt(symbols[0], {"name"}), "ALLOW execve, personality");
    EXPECT_EQ(StringAt(symbols[1], {"name"}), "LOG socket, reed, execvp, ... (4)");
    if (tree) {
      EXPECT_EQ(StringAt(symbols[0], {"detail"}), "rule 0, 1 condition");
      EXPECT_EQ(IntegerAt(symbols[1], {"range", "start", "line"}), 7);
      EXPECT_EQ(IntegerAt(symbols[1], {"range", "end", "line"}), 8);
      EXPECT_EQ(IntegerAt(symbols[1], {"selectionRange", "start", "character"}), 62);
    } else {
      EXPECT_EQ(StringAt(symbols[0], {"location", "uri"}), Conversation::kUri);
    }
  }
}

}  // namespace
}  // namespace lint::lsp
