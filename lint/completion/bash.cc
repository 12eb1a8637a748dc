// The script for bash. What it knows stands in functions of one `case` each; below them is what is
// the same for every program, with @NAME for the program and @F for what its functions
// begin with.

#include <string>
#include <string_view>

#include "lint/completion/completion.h"

namespace lint::completion {
namespace {

constexpr std::string_view kEngine = R"sh(
# Proposes the words behind $1 that begin as the value does; $1 is what stands before each of them.
@F_words() {
  local head=$1 word
  shift
  for word; do
    [[ $head$word == "$cur"* ]] && COMPREPLY+=("$head$word")
  done
}

# Proposes files of these extensions, all files without any, and folders.
@F_files() {
  local extension IFS=$'\n'
  compopt -o filenames 2>/dev/null
  if declare -F _filedir >/dev/null; then
    if (($#)); then
      IFS='|'
      _filedir "@($*)"
    else
      _filedir
    fi
    return
  fi
  mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
    (($#)) || compgen -f -- "$cur"
    for extension; do compgen -f -X "!*.$extension" -- "$cur"; done
    (($#)) && compgen -d -- "$cur"
  )
}

# KEY=VALUE,...: the value is A+B.
@F_pairs() {
  local head= pair=$cur key
  [[ $pair == *,* ]] && head=${pair%,*},
  pair=${pair##*,}
  if [[ $pair != *=* ]]; then
    @F_key
    @F_words "$head" ${words[@]/%/=}
    compopt -o nospace 2>/dev/null
    return
  fi
  key=${pair%%=*}
  head+=$key=
  pair=${pair#*=}
  [[ $pair == *+* ]] && head+=${pair%+*}+
  @F_key "$key"
  @F_words "$head" "${words[@]}"
}

# Proposes values of the kind $1; $2 is its list of words, $3 what stands between several.
@F_value() {
  local words=()
  case $1 in
    word)
      @F_list "$2"
      @F_words '' "${words[@]}"
      ;;
    words)
      @F_list "$2"
      local head=
      [[ $cur == *"$3"* ]] && head=${cur%"$3"*}$3
      @F_words "$head" "${words[@]}"
      ;;
    pairs) @F_pairs ;;
    report)
      if [[ $cur != *=* ]]; then
        @F_list "$2"
        @F_words '' "${words[@]/%/=}"
        if ((${#COMPREPLY[@]})); then
          compopt -o nospace 2>/dev/null
        else
          @F_files
        fi
      else
        local head=${cur%%=*}=
        cur=${cur#*=}
        @F_files
        COMPREPLY=("${COMPREPLY[@]/#/"$head"}")
        cur=$head$cur
      fi
      ;;
    file) @F_files ;;
    folder)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      ;;
    profile) @F_files json yaml yml ;;
    table) @F_files json yaml yml verdicts ;;
    command)
      if declare -F _command_offset >/dev/null; then
        _command_offset "$first"
      else
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      fi
      ;;
  esac
}

@F() {
  local line=() start=() options=() kind=() commands=() program_options=()
  local cur option command operands_end_options i n=0 operand=0 first= ended=
  # bash takes words apart at = and :, which are put together again.
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    if ((n > 0)) && [[ ${COMP_WORDS[i]} == [=:]* || ${line[n - 1]} == *[=:] ]] &&
      [[ ${COMP_WORDS[i]} != -* ]]; then
      line[n - 1]+=${COMP_WORDS[i]}
    else
      start[n]=$i
      line[n++]=${COMP_WORDS[i]}
    fi
  done
  cur=${line[n - 1]}
  @F_command "${line[0]}"
  i=0
  ((n > 1)) && [[ -n $command && ${line[0]} == "$command" ]] && i=1
  COMPREPLY=()

  # What the words before the last one leave to be expected.
  for (( ; i < n - 1; ++i)); do
    if [[ -z $ended && ${line[i]} == -- ]]; then
      ended=1
    elif [[ -z $ended && ${line[i]} == -?* ]]; then
      [[ ${line[i]} == *=* ]] && continue
      @F_option "$command" "${line[i]}"
      [[ ${kind[0]} == switch ]] && continue
      if ((++i == n - 1)); then
        option=${line[i - 1]}
        break
      fi
    else
      ((operand++ == 0)) && first=${start[i]}
      [[ -n $operands_end_options ]] && ended=1
    fi
  done
  first=${first:-${start[n - 1]}}

  local assigned=
  if [[ -z $option && -z $ended && $cur == --*=* ]]; then
    option=${cur%%=*}
    assigned=$option=
    cur=${cur#*=}
  fi
  if [[ -n $option ]]; then
    @F_option "$command" "$option"
    @F_value "${kind[@]}"
  elif [[ -z $ended && $cur == -* ]]; then
    @F_options "$command"
    ((n == 1)) && options+=("${program_options[@]}")
    @F_words '' "${options[@]}"
  else
    ((n == 1)) && @F_words '' "${commands[@]}"
    @F_operand "$command" "$((operand + 1))"
    @F_value "${kind[@]}"
  fi

  # What is replaced on the line begins behind the last of these.
  local cut=
  if [[ $COMP_WORDBREAKS == *=* ]]; then
    [[ $cur == *[=:]* ]] && cut=${cur%"${cur##*[=:]}"}
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  else
    COMPREPLY=("${COMPREPLY[@]/#/$assigned}")
  fi
}

complete -F @F @NAME
)sh";

std::string KindWords(const Value& value) {
  switch (value.kind) {
    case Kind::kSwitch:
      return "switch";
    case Kind::kText:
      return "text";
    case Kind::kWord:
      return "word " + value.list;
    case Kind::kWords:
      return "words " + value.list + " " + value.separator;
    case Kind::kPairs:
      return "pairs";
    case Kind::kReport:
      return "report " + value.list;
    case Kind::kFile:
      return "file";
    case Kind::kFolder:
      return "folder";
    case Kind::kProfile:
      return "profile";
    case Kind::kTable:
      return "table";
    case Kind::kCommand:
      return "command";
  }
  return {};
}

std::string Joined(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

// @F_list NAME, @F_key [KEY]: set `words`.
std::string WordFunctions(const Program& program) {
  std::string out = "@F_list() {\n  case $1 in\n";
  for (const WordList& list : program.lists) {
    out += "    " + list.name + ") words=(" + Joined(list.words) + ") ;;\n";
  }
  out += "  esac\n}\n\n@F_key() {\n  case $1 in\n    '') words=(";
  std::string sep;
  for (const Key& key : program.keys) {
    out += sep + key.name;
    sep = " ";
  }
  out += ") ;;\n";
  for (const Key& key : program.keys) {
    if (!key.list.empty()) out += "    " + key.name + ") @F_list " + key.list + " ;;\n";
  }
  return out + "    *) words=() ;;\n  esac\n}\n\n";
}

// @F_options COMMAND sets `options`; @F_option COMMAND OPTION and @F_operand COMMAND N set `kind`.
std::string OptionFunctions(const Program& program) {
  std::string names = "@F_options() {\n  case $1 in\n";
  std::string kinds = "@F_option() {\n  case $1:$2 in\n";
  std::string operands = "@F_operand() {\n  case $1:$2 in\n";
  for (const Command& command : program.commands) {
    names += "    '" + command.name + "') options=(";
    std::string sep;
    for (const Option& option : command.options) {
      names += sep + "--" + option.name;
      sep = " ";
      if (option.value.kind == Kind::kSwitch) continue;
      kinds += "    " + command.name + ":--" + option.name;
      if (!option.letter.empty()) kinds += " | " + command.name + ":-" + option.letter;
      kinds += ") kind=(" + KindWords(option.value) + ") ;;\n";
    }
    names += ") ;;\n";
    for (std::size_t i = 0; i < command.operands.size(); ++i) {
      const bool last = i + 1 == command.operands.size();
      operands += "    " + command.name + ":" +
                  (last && command.repeats ? "*" : std::to_string(i + 1)) + ") kind=(" +
                  KindWords(command.operands[i]) + ") ;;\n";
    }
  }
  const std::string end = "  esac\n}\n\n";
  return names + end + kinds + "    *) kind=(switch) ;;\n" + end + operands +
         "    *) kind=(text) ;;\n" + end;
}

// @F_command WORD: sets `command`, and what is known of the program as a whole.
std::string CommandFunction(const Program& program) {
  std::string names;
  for (const Command& command : program.commands) {
    names += (names.empty() ? "" : " ") + command.name;
  }
  std::string options;
  for (const Option& option : program.options) options += " --" + option.name;
  const auto& operands = program.commands.front().operands;
  const bool runs = !operands.empty() && operands.front().kind == Kind::kCommand;
  std::string out = "@F_command() {\n  commands=(" + names + ")\n  program_options=(" +
                    (options.empty() ? "" : options.substr(1)) +
                    ")\n  operands_end_options=" + (runs ? "1" : "") + "\n  command='" +
                    program.commands.front().name + "'\n";
  if (!names.empty()) out += "  [[ \" ${commands[*]} \" == *\" $1 \"* ]] && command=$1\n";
  return out + "}\n";
}

}  // namespace

std::string BashScript(const Program& program) {
  return FilledIn("# bash completion for @NAME, made by it.\n\n" + WordFunctions(program) +
                      OptionFunctions(program) + CommandFunction(program) + std::string(kEngine),
                  program);
}

}  // namespace lint::completion
