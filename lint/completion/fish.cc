// The script for fish: a `complete` for each option of each command.

#include <string>
#include <string_view>

#include "lint/completion/completion.h"

namespace lint::completion {
namespace {

constexpr std::string_view kEngine = R"sh(
# The command of the line; the first one where none is named.
function @F_command
    set -l words (commandline -opc)
    set -l known (@F_commands)
    if contains -- "$words[2]" $known
        echo $words[2]
    else
        echo $known[1]
    end
end

# Whether the command is $argv[1], and its operand at the cursor the one numbered $argv[2], or one from
# there on if $argv[3] is given.
function @F_operand
    set -l command (@F_command)
    test "$command" = "$argv[1]"; or return 1
    set -l words (commandline -opc)
    set -e words[1]
    contains -- "$words[1]" (@F_commands); and set -e words[1]
    set -l takes (@F_takes_value $command)
    set -l operand 1
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
        else if contains -- $word $takes
            set skip 1
        else if not string match -q -- '-?*' $word
            set operand (math $operand + 1)
        end
    end
    test $operand = $argv[2]; or begin
        set -q argv[3]; and test $operand -ge $argv[2]
    end
end

# What is typed of the value: without the option before it.
function @F_typed
    commandline -ct | string replace -r -- '^--[a-z_-]+=' ''
end

# The words of the list $argv[1], behind those that are there with $argv[2] between them.
function @F_words
    set -l head (@F_typed | string match -r -- '^.*['$argv[2]']')
    @F_list $argv[1] | string replace -r -- '^' "$head"
end

# KEY=VALUE,...: the value is A+B.
function @F_pairs
    set -l typed (@F_typed)
    set -l head (string match -r -- '^.*,' "$typed")
    set -l pair (string replace -r -- '^.*,' '' "$typed")
    if string match -q -- '*=*' "$pair"
        set -l before (string match -r -- '^.*[=+]' "$pair")
        @F_key (string replace -r -- '=.*' '' "$pair") | string replace -r -- '^' "$head$before"
    else
        @F_key | string replace -r -- '^' "$head"
    end
end

# [WORD=]FILE
function @F_report
    set -l typed (@F_typed)
    set -l head (string match -r -- '^[^=]*=' "$typed")
    if test -z "$head"
        @F_list $argv[1] | string replace -r -- '(\t.*)?$' '=$1'
    end
    __fish_complete_path (string replace -r -- '^[^=]*=' '' "$typed") | string replace -r -- '^' "$head"
end

# Files with these extensions, and folders.
function @F_files
    set -l endings (string join '|' '/' '\.'$argv)
    __fish_complete_path (@F_typed) | string match -r -- '^.*(?:'$endings')(?:\t.*)?$'
end
)sh";

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The end of a `complete` that says what completes a value.
std::string Arguments(const Value& value) {
  switch (value.kind) {
    case Kind::kSwitch:
      return " -f";
    case Kind::kText:
      return " -x";
    case Kind::kWord:
      return " -x -a '(@F_list " + value.list + ")'";
    case Kind::kWords:
      return " -x -a '(@F_words " + value.list + " " + value.separator + ")'";
    case Kind::kPairs:
      return " -x -a '(@F_pairs)'";
    case Kind::kReport:
      return " -x -a '(@F_report " + value.list + ")'";
    case Kind::kFile:
      return " -r -F";
    case Kind::kFolder:
      return " -x -a '(__fish_complete_directories (@F_typed))'";
    case Kind::kProfile:
      return " -x -a '(@F_files json yaml yml)'";
    case Kind::kTable:
      return " -x -a '(@F_files json yaml yml verdicts)'";
    case Kind::kCommand:
      return " -x -a '(__fish_complete_subcommand)'";
  }
  return {};
}

std::string ListFunctions(const Program& program) {
  std::string out = "function @F_list\n    switch $argv[1]\n";
  for (const WordList& list : program.lists) {
    out += "        case " + list.name + "\n            printf '%s\\t%s\\n'";
    for (const Word& word : list.words) {
      out += " \\\n                " + word.text + " " + Quoted(word.summary);
    }
    out += "\n";
  }
  out +=
      "    end\nend\n\nfunction @F_key\n    switch \"$argv[1]\"\n        case ''\n"
      "            printf '%s=\\n'";
  for (const Key& key : program.keys) out += " " + key.name;
  out += "\n";
  for (const Key& key : program.keys) {
    if (!key.list.empty()) {
      out += "        case " + key.name + "\n            @F_list " + key.list + "\n";
    }
  }
  return out + "    end\nend\n\n";
}

std::string CommandFunctions(const Program& program) {
  std::string names;
  std::string takes;
  for (const Command& command : program.commands) {
    names += " " + Quoted(command.name);
    takes += "        case " + Quoted(command.name) + "\n            printf '%s\\n' --";
    for (const Option& option : command.options) {
      if (option.value.kind == Kind::kSwitch) continue;
      takes += " --" + option.name;
      if (!option.letter.empty()) takes += " -" + option.letter;
    }
    takes += "\n";
  }
  return "function @F_commands\n    printf '%s\\n'" + names +
         "\nend\n\n# The options of a command behind which a value stands.\n"
         "function @F_takes_value\n    switch $argv[1]\n" +
         takes + "    end\nend\n";
}

std::string OptionLine(const Option& option, const std::string& condition) {
  std::string out = "complete -c @NAME -n " + Quoted(condition) + " -l " + option.name;
  if (!option.letter.empty()) out += " -s " + option.letter;
  return out + Arguments(option.value) + " -d " + Quoted(option.summary) + "\n";
}

}  // namespace

std::string FishScript(const Program& program) {
  std::string out = "# fish completion for @NAME, made by it.\n\n" + ListFunctions(program) +
                    CommandFunctions(program) + std::string(kEngine) + "\ncomplete -c @NAME -f\n";
  const std::string first_word = "test (count (commandline -opc)) = 1";
  for (const Option& option : program.options) out += OptionLine(option, first_word);
  for (const Command& command : program.commands) {
    if (!command.name.empty()) {
      out += "complete -c @NAME -n " + Quoted(first_word) + " -a " + command.name + " -d " +
             Quoted(command.summary) + "\n";
    }
    const std::string name = command.name.empty() ? "''" : command.name;
    for (const Option& option : command.options) {
      if (command.name == program.commands.front().name && option.name == "help" &&
          !program.options.empty()) {
        continue;
      }
      out += OptionLine(option, "test (@F_command) = " + name);
    }
    for (std::size_t i = 0; i < command.operands.size(); ++i) {
      const bool many = command.repeats && i + 1 == command.operands.size();
      out += "complete -c @NAME -n " +
             Quoted("@F_operand " + name + " " + std::to_string(i + 1) + (many ? " on" : "")) +
             Arguments(command.operands[i]) + "\n";
    }
  }
  return FilledIn(out, program);
}

}  // namespace lint::completion
