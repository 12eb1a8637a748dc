// That the completions say what the commands take: tests/lint/completion tries the scripts in the
// shells.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/program_options/value_semantic.hpp>
#include <set>
#include <string>

#include "lint/cli/commands.h"
#include "lint/cli/completion_values.h"
#include "schema/kernel/target.h"
#include "tests/lint/cli_fixture.h"

namespace lint::cli {
namespace {

using completion::Kind;
using Names = std::set<std::string>;

// "text, json or markdown, not \"x\"" -> its words.
Names WordsIn(std::string text) {
  text = text.substr(0, std::min(text.find(", not "), text.find('\n')));
  Names words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != ',') {
      word += c;
    } else {
      if (!word.empty() && word != "or" && word != "one" && word != "of") words.insert(word);
      word.clear();
    }
  }
  return words;
}

std::string Behind(const std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  return at == std::string::npos ? "" : text.substr(at + mark.size());
}

Names ListNamed(const std::string& name) {
  Names words;
  for (const completion::WordList& list : WordLists()) {
    if (list.name != name) continue;
    for (const completion::Word& word : list.words) words.insert(word.text);
  }
  return words;
}

TEST(Completion, KnowsTheValueOfEveryOption) {
  for (const Command& command : Commands()) {
    const auto options = command.options();
    for (const auto& option : options.options()) {
      if (option->semantic()->max_tokens() == 0) continue;
      const auto value = ValueOfOption(command.name, option->long_name());
      ASSERT_TRUE(value) << command.name << " --" << option->long_name()
                         << ": add it to kOptionValues in lint/cli/completion_values.cc";
      if (value->list.empty()) continue;
      EXPECT_FALSE(ListNamed(value->list).empty()) << value->list;
    }
  }
}

TEST(Completion, QuotesNoWord) {
  for (const completion::WordList& list : WordLists()) {
    for (const completion::Word& word : list.words) {
      EXPECT_EQ(word.text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789-_./"),
                std::string::npos)
          << word.text;
    }
  }
}

TEST(Completion, ReadsTheOperandsOfAUsage) {
  const auto query = OperandsOf("PROFILE SYSCALL [ARG...]");
  ASSERT_EQ(query.values.size(), 3U);
  EXPECT_EQ(query.values[0].kind, Kind::kProfile);
  EXPECT_EQ(query.values[1].list, "syscalls");
  EXPECT_EQ(query.values[2].kind, Kind::kText);
  EXPECT_TRUE(query.repeats);
  EXPECT_EQ(OperandsOf("[OPTION...] PATH...").values.size(), 1U);
  EXPECT_EQ(OperandsOf("PROFILE -o FILE").values.size(), 1U);
  EXPECT_EQ(OperandsOf("[NAME | --arch ARCH]").values.size(), 1U);
  EXPECT_TRUE(OperandsOf("rules").values.empty());
}

TEST(Completion, ProposesTheTargetsThatThereAre) {
  const auto parse = [](const std::string& text) { return schema::kernel::ParseTargets(text, {}); };
  Names keys;
  for (const completion::Key& key : TargetKeys()) {
    keys.insert(key.name);
    for (const std::string& word : ListNamed(key.list)) {
      EXPECT_TRUE(parse(key.name + "=" + word)) << key.name << "=" << word;
    }
  }
  EXPECT_EQ(keys, WordsIn(Behind(parse("nosuch=1").error().message, "known: ")));
  EXPECT_EQ(ListNamed("engines"),
            WordsIn(Behind(parse("engine=nosuch").error().message, "known: ")));
}

class CompletionCli : public CliTest {};

// The lists that stand in completion_values.cc, against the messages of the commands themselves.
TEST_F(CompletionCli, ProposesTheWordsThatACommandTakes) {
  Write("p.json", kGood);
  int tried = 0;
  for (const Command& command : Commands()) {
    std::string operands;
    for (const auto& value : OperandsOf(command.usage.substr(command.usage.find(' ') + 1)).values) {
      if (value.kind == Kind::kProfile || value.kind == Kind::kTable) operands += " p.json";
      if (value.list == "syscalls") operands += " read";
      if (value.list == "rules") operands += " SL301";
    }
    if (command.name == "syscalls" || command.name == "rules") operands.clear();
    if (command.name == "compile") operands += " -o -";
    const auto options = command.options();
    for (const auto& option : options.options()) {
      if (option->semantic()->max_tokens() == 0) continue;
      const auto value = ValueOfOption(command.name, option->long_name());
      if (!value || value->kind != Kind::kWord || value->list == "architectures") continue;
      const auto outcome = Run(std::string(command.name) + operands + " --" + option->long_name() +
                               " nosuch </dev/null");
      EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
      EXPECT_EQ(ListNamed(value->list), WordsIn(Behind(outcome.err, " takes "))) << outcome.err;
      ++tried;
    }
  }
  EXPECT_GT(tried, 15);
}

TEST_F(CompletionCli, IsForAShellThatItKnows) {
  EXPECT_EQ(Run("completion").exit_code, 2);
  EXPECT_EQ(Run("completion tcsh").err,
            "seccomp-lint: no completion for \"tcsh\": there is bash, zsh and fish\n");
  EXPECT_EQ(Run("completion bash zsh").exit_code, 2);
}

}  // namespace
}  // namespace lint::cli
