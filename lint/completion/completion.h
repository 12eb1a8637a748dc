// Completion scripts for the shells, made of what a program takes on its command line.
//
//   program = commands; the first one is meant where the first word names none of them
//   command = options, operands
//
// A script asks nothing of the program when a key is pressed: all words are in it.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lint::completion {

struct Word {
  std::string text;     // of letters, digits and -_./: alone, so that no shell quotes it
  std::string summary;  // shown beside it where the shell does that; may be empty
};

struct WordList {
  std::string name;  // of letters and _
  std::vector<Word> words;
};

enum class Kind {
  kSwitch,   // an option without a value
  kText,     // nothing that could be proposed
  kWord,     // one of a list
  kWords,    // several of a list, with `separator` between
  kPairs,    // KEY=VALUE,...: Program::keys
  kReport,   // [WORD=]FILE
  kFile,     // any file
  kFolder,   // a directory
  kProfile,  // *.json, *.yaml, *.yml, or a folder of them
  kTable,    // the same, or *.verdicts
  kCommand,  // a program, and what that completes
};

struct Value {
  Kind kind = Kind::kText;
  std::string list = {};  // the name of a WordList, for the kinds with words
  char separator = ',';
};

struct Option {
  std::string name;    // without the dashes
  std::string letter;  // "o" of -o, or empty
  std::string summary;
  Value value;
  bool repeats = false;  // it may be given several times
};

struct Command {
  std::string name;  // empty: the program has no commands
  std::string summary;
  std::vector<Option> options;
  std::vector<Value> operands;
  bool repeats = false;  // the last operand may be given several times
};

// A key of kPairs; its value is kText where the list is empty, otherwise words with + between.
struct Key {
  std::string name;
  std::string list;
};

struct Program {
  std::string name;
  std::vector<Command> commands;  // at least one
  std::vector<Option> options;    // in place of a command: --version
  std::vector<WordList> lists;
  std::vector<Key> keys;
};

// Each a whole script, to be sourced or installed where the shell looks for it.
std::string BashScript(const Program& program);  // bash 4; by bash-completion where it is there
std::string ZshScript(const Program& program);
std::string FishScript(const Program& program);  // fish 3

struct Shell {
  std::string_view name;
  std::string (*script)(const Program& program);
};

// bash, zsh, fish.
std::span<const Shell> Shells();
const Shell* FindShell(std::string_view name);  // nullptr: there is none

// Lists that several programs have: what caps= and the like take, and the shells.
std::vector<Word> CapabilityWords();
std::vector<Word> ShellWords();

// `text` with the program's name for @NAME, and for @F what the names of its functions begin with:
// _seccomp_lint.
std::string FilledIn(std::string_view text, const Program& program);

// "what the first clause says": up to the first "; ", ". ", ": " or end of line.
std::string FirstClause(std::string_view text);

}  // namespace lint::completion
