#include "runtime/run/completion.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lint/completion/completion.h"
#include "runtime/run/isolation.h"

namespace runtime::run {
namespace {

namespace completion = lint::completion;
using completion::Kind;
using completion::Value;
using completion::Word;

// By what --help calls a value; other values have nothing to propose.
struct Placeholder {
  std::string_view name;
  Kind kind;
  std::string_view list = {};
  char separator = ',';
};

constexpr std::array kPlaceholders = {
    Placeholder{"FILE", Kind::kProfile},
    Placeholder{"DIR", Kind::kFolder},
    Placeholder{"LIST", Kind::kWords, "isolators"},
    Placeholder{"CAPS", Kind::kWords, "capabilities", '+'},
    Placeholder{"COMPILER", Kind::kWord, "compilers"},
    Placeholder{"SHELL", Kind::kWord, "shells"},
    Placeholder{"true|false", Kind::kWord, "switch_values"},
};

std::vector<Word> Isolators() {
  const std::string names = IsolatorNames();
  std::vector<Word> words;
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t end = std::min(names.find(", ", at), names.size());
    words.push_back({names.substr(at, end - at), ""});
    at = end + 2;
  }
  return words;
}

Value ValueOf(const Option& option) {
  if (option.value.empty()) return {Kind::kSwitch};
  const auto* known = std::ranges::find(kPlaceholders, option.value, &Placeholder::name);
  if (known == kPlaceholders.end()) return {Kind::kText};
  return {known->kind, std::string(known->list), known->separator};
}

}  // namespace

schema::Result<std::string> CompletionScript(std::string_view program,
                                             std::span<const Option> options, bool runs_command,
                                             std::string_view shell) {
  const completion::Shell* known = completion::FindShell(shell);
  if (known == nullptr) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "--completion=" + std::string(shell) + ": there is bash, zsh and fish", 0};
  }
  completion::Command command;
  for (const Option& option : options) {
    command.options.push_back(
        {std::string(option.name), "", completion::FirstClause(option.help), ValueOf(option)});
  }
  if (runs_command) command.operands = {{Kind::kCommand}};
  command.repeats = runs_command;
  completion::Program out;
  out.name = program;
  out.commands.push_back(std::move(command));
  out.lists = {{"isolators", Isolators()},
               {"capabilities", completion::CapabilityWords()},
               {"compilers", {{"direct", ""}, {"libseccomp", ""}}},
               {"shells", completion::ShellWords()},
               {"switch_values", {{"true", ""}, {"false", ""}}}};
  return known->script(out);
}

}  // namespace runtime::run
