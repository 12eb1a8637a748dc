// The script for zsh: a specification of _arguments for each option, and functions for the values.

#include <string>
#include <string_view>

#include "lint/completion/completion.h"

namespace lint::completion {
namespace {

constexpr std::string_view kEngine = R"sh(
# Several words of the list $1 with $2 between them.
@F_words() {
  compset -P "*[$2]"
  @F_list $1 -q
}

# KEY=VALUE,...: the value is A+B.
@F_pairs() {
  compset -P '*,'
  if [[ $PREFIX == *=* ]]; then
    local key=${PREFIX%%=*}
    compset -P '*='
    compset -P '*+'
    @F_key $key
  else
    @F_key
  fi
}

# [WORD=]FILE
@F_report() {
  if compset -P '*='; then
    _files
  else
    @F_list $1 -S =
    _files
  fi
}

@F() {
  local -a subcommands
  local command
  @F_commands
  (( CURRENT == 2 )) && [[ $#subcommands -gt 0 && $PREFIX != -* ]] && _describe -t commands command subcommands
  if (( CURRENT > 2 )) && [[ -n ${subcommands[(r)$words[2]:*]} ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  @F_arguments "$command"
}

if [[ $funcstack[1] == @F ]]; then
  @F "$@"
else
  compdef @F @NAME
fi
)sh";

std::string Escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// What completes a value, as the action of a specification.
std::string Action(const Value& value) {
  switch (value.kind) {
    case Kind::kSwitch:
    case Kind::kText:
      return " ";
    case Kind::kWord:
      return "{ @F_list " + value.list + " }";
    case Kind::kWords:
      return "{ @F_words " + value.list + " " + value.separator + " }";
    case Kind::kPairs:
      return "@F_pairs";
    case Kind::kReport:
      return "{ @F_report " + value.list + " }";
    case Kind::kFile:
      return "_files";
    case Kind::kFolder:
      return "_files -/";
    case Kind::kProfile:
      return "_files -g \"*.(json|yaml|yml)(-.)\"";
    case Kind::kTable:
      return "_files -g \"*.(json|yaml|yml|verdicts)(-.)\"";
    case Kind::kCommand:
      return "_normal";
  }
  return {};
}

std::string OptionSpecification(const Option& option) {
  const std::string about = "[" + Escaped(option.summary, "\\[]:") + "]";
  const std::string message = ":" + option.name + ":" + Action(option.value);
  const bool is_switch = option.value.kind == Kind::kSwitch;
  const std::string value = is_switch ? "" : message;
  const std::string star = option.repeats ? "*" : "";
  std::string out =
      "        '" + star + "--" + option.name + (is_switch ? "" : "=") + about + value + "' \\\n";
  if (!option.letter.empty()) {
    out += "        '" + star + "-" + option.letter + (is_switch ? "" : "+") + about + value +
           "' \\\n";
  }
  return out;
}

// `extra`: options of the program, where no command is named.
std::string CommandArguments(const std::string& pattern, const Command& command,
                             const std::vector<Option>& extra) {
  std::string out = "    " + pattern;
  const bool runs = !command.operands.empty() && command.operands.front().kind == Kind::kCommand;
  out += ")\n      _arguments -s -S \\\n";
  for (const Option& option : command.options) out += OptionSpecification(option);
  for (const Option& option : extra) {
    if (option.name != "help") out += OptionSpecification(option);
  }
  for (std::size_t i = 0; i < command.operands.size(); ++i) {
    const bool many = command.repeats && i + 1 == command.operands.size();
    out += "        '" + (many ? std::string("*") : std::to_string(i + 1)) + (runs ? ":::" : ":") +
           "operand:" + Action(command.operands[i]) + "' \\\n";
  }
  out.resize(out.size() - 3);  // the last line is not continued
  return out + "\n      ;;\n";
}

std::string ListFunction(const Program& program) {
  std::string out =
      "# Proposes the words of the list $1; what follows is for compadd.\n@F_list() {\n"
      "  local -a list\n  local name=$1\n  shift\n  case $name in\n";
  for (const WordList& list : program.lists) {
    out += "    " + list.name + ")\n      list=(\n";
    for (const Word& word : list.words) {
      out += "        '" + word.text;
      if (!word.summary.empty()) out += ":" + Escaped(word.summary, "\\:");
      out += "'\n";
    }
    out += "      )\n      ;;\n";
  }
  return out + "  esac\n  _describe -t words $name list \"$@\"\n}\n\n";
}

std::string KeyFunction(const Program& program) {
  std::string out = "@F_key() {\n  case $1 in\n    '') compadd -S = --";
  for (const Key& key : program.keys) out += " " + key.name;
  out += " ;;\n";
  for (const Key& key : program.keys) {
    if (!key.list.empty()) out += "    " + key.name + ") @F_list " + key.list + " ;;\n";
  }
  return out + "  esac\n}\n\n";
}

}  // namespace

std::string ZshScript(const Program& program) {
  std::string commands = "@F_commands() {\n  subcommands=(\n";
  std::string arguments = "@F_arguments() {\n  case $1 in\n";
  for (const Command& command : program.commands) {
    if (!command.name.empty()) {
      commands += "    '" + command.name + ":" + Escaped(command.summary, "\\:") + "'\n";
    }
    if (!command.name.empty()) arguments += CommandArguments(command.name, command, {});
  }
  arguments += CommandArguments("*", program.commands.front(), program.options);
  return FilledIn("#compdef @NAME\n# zsh completion for @NAME, made by it.\n\n" +
                      ListFunction(program) + KeyFunction(program) + commands + "  )\n}\n\n" +
                      arguments + "  esac\n}\n" + std::string(kEngine),
                  program);
}

}  // namespace lint::completion
