#include "lint/completion/completion.h"

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <iostream>
#include <string>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/completion_values.h"
#include "lint/cli/seccomp_lint.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

completion::Option OptionOf(std::string_view command, const po::option_description& description) {
  completion::Option option;
  option.name = description.long_name();
  const std::string shown =
      description.canonical_display_name(po::command_line_style::allow_dash_for_short);
  if (shown.size() == 2) option.letter = shown.substr(1);
  option.summary = completion::FirstClause(description.description());
  option.value.kind = completion::Kind::kSwitch;
  option.repeats = description.semantic()->is_composing();
  if (description.semantic()->max_tokens() != 0) {
    option.value = ValueOfOption(command, option.name).value_or(completion::Value{});
  }
  return option;
}

completion::Command CommandOf(const Command& command) {
  OperandValues operands = OperandsOf(command.usage.substr(command.usage.find(' ') + 1));
  completion::Command out{std::string(command.name),
                          std::string(command.summary),
                          {},
                          std::move(operands.values),
                          operands.repeats};
  const po::options_description options = command.options();
  for (const auto& description : options.options()) {
    out.options.push_back(OptionOf(command.name, *description));
  }
  // ParseCommandLine() adds it.
  out.options.push_back({"help", "h", "print this and exit", {completion::Kind::kSwitch}});
  return out;
}

completion::Program ThisProgram() {
  completion::Program program;
  program.name = "seccomp-lint";
  for (const Command& command : Commands()) program.commands.push_back(CommandOf(command));
  program.options = {{"help", "h", "list the commands and exit", {completion::Kind::kSwitch}},
                     {"version", "V", "print the version and exit", {completion::Kind::kSwitch}}};
  program.lists = WordLists();
  program.keys = TargetKeys();
  return program;
}

}  // namespace

po::options_description CompletionOptions() {
  return po::options_description(
      "Prints what completes seccomp-lint in a shell, to be put where the shell looks for it:\n"
      "  bash  ~/.local/share/bash-completion/completions/seccomp-lint\n"
      "  zsh   _seccomp-lint, in a folder of $fpath\n"
      "  fish  ~/.config/fish/completions/seccomp-lint.fish\n\n"
      "Options");
}

int Completion(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("completion SHELL", CompletionOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.size() != 1) return Complain("completion takes one SHELL: bash, zsh or fish");
  const completion::Shell* shell = completion::FindShell(operands[0]);
  if (shell == nullptr) {
    return Complain("no completion for \"" + operands[0] + "\": there is bash, zsh and fish");
  }
  std::cout << shell->script(ThisProgram());
  return kOk;
}

}  // namespace lint::cli
