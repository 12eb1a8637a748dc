// The commands of seccomp-lint, each in a file of its name.

#pragma once

#include <boost/program_options/options_description.hpp>
#include <span>
#include <string>
#include <string_view>

namespace lint::cli {

inline constexpr std::string_view kVersion = SECCOMP_LINT_VERSION;

struct Command {
  std::string_view name;
  std::string_view usage;    // behind "seccomp-lint"; its words in capitals are the operands
  std::string_view summary;  // a line of --help
  boost::program_options::options_description (*options)();  // but for --help
  int (*run)(std::span<const std::string> args);
};

// In the order of --help; the first one is meant where no command is named.
std::span<const Command> Commands();

// Each takes its arguments without the command's name and returns the exit code.
int Check(std::span<const std::string> args);
int Compile(std::span<const std::string> args);
int Completion(std::span<const std::string> args);
int Convert(std::span<const std::string> args);
int Cost(std::span<const std::string> args);
int Diff(std::span<const std::string> args);
int Explain(std::span<const std::string> args);
int ExplainDenial(std::span<const std::string> args);
int Lsp(std::span<const std::string> args);
int Merge(std::span<const std::string> args);
int Prove(std::span<const std::string> args);
int Query(std::span<const std::string> args);
int Resolve(std::span<const std::string> args);
int Rules(std::span<const std::string> args);
int Syscalls(std::span<const std::string> args);
int Test(std::span<const std::string> args);

// What each reads its command line by, and what --help and the completions say.
boost::program_options::options_description CheckOptions();
boost::program_options::options_description CompileOptions();
boost::program_options::options_description CompletionOptions();
boost::program_options::options_description ConvertOptions();
boost::program_options::options_description CostOptions();
boost::program_options::options_description DiffOptions();
boost::program_options::options_description ExplainOptions();  // of rules, too
boost::program_options::options_description ExplainDenialOptions();
boost::program_options::options_description LspOptions();
boost::program_options::options_description MergeOptions();
boost::program_options::options_description ProveOptions();
boost::program_options::options_description QueryOptions();
boost::program_options::options_description ResolveOptions();
boost::program_options::options_description SyscallsOptions();
boost::program_options::options_description TestOptions();

}  // namespace lint::cli
