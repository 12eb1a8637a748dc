#include "lint/cli/seccomp_lint.h"

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <string_view>

#include "lint/cli/commands.h"
#include "schema/filter/compile.h"
#include "schema/filter/library.h"

namespace lint::cli {
namespace {

constexpr std::array kCommands = {
    Command{"check", "[check] [OPTION...] PATH...", "check profiles: files, folders, - for stdin",
            &CheckOptions, &Check},
    Command{"explain", "explain RULE", "what a rule finds, why, an example, its source",
            &ExplainOptions, &Explain},
    Command{"rules", "rules", "list the rules", &ExplainOptions, &Rules},
    Command{"query", "query PROFILE SYSCALL [ARG...]", "what a call gets, and which rule says so",
            &QueryOptions, &Query},
    Command{"explain-denial", "explain-denial PROFILE [LINE...]",
            "why the calls of audit records were denied, and what would allow them",
            &ExplainDenialOptions, &ExplainDenial},
    Command{"test", "test PATH...", "verdict tables: what profiles are expected to say",
            &TestOptions, &Test},
    Command{"diff", "diff OLD NEW",
            "the calls whose verdict changes, each with a call that shows it", &DiffOptions, &Diff},
    Command{"merge", "merge PROFILE...", "one profile that allows what any of them allows",
            &MergeOptions, &Merge},
    Command{"resolve", "resolve PROFILE", "the OCI linux.seccomp object for the target",
            &ResolveOptions, &Resolve},
    Command{"convert", "convert PROFILE --to FORM",
            "the profile in another form: Docker's, OCI's, Kubernetes' SeccompProfile",
            &ConvertOptions, &Convert},
    Command{"syscalls", "syscalls [NAME | --arch ARCH]",
            "the table of system calls: numbers, since when, gated by what", &SyscallsOptions,
            &Syscalls},
    Command{"prove", "prove PROFILE [--bpf FILE]", "that a BPF program does what the profile says",
            &ProveOptions, &Prove},
    Command{"compile", "compile PROFILE -o FILE",
            "the BPF program for the target: raw, in C, or with comments for people",
            &CompileOptions, &Compile},
    Command{"lsp", "lsp",
            "a language server on stdin and stdout: findings, fixes, facts in an editor",
            &LspOptions, &Lsp},
    Command{"cost", "cost PROFILE", "what a filter costs the kernel, by each compiler",
            &CostOptions, &Cost},
    Command{"completion", "completion SHELL", "the completion of a shell: bash, zsh or fish",
            &CompletionOptions, &Completion},
};

void PrintHelp() {
  std::cout << "seccomp-lint checks seccomp profiles: Docker's, OCI's and Kubernetes'.\n\n";
  for (const Command& command : kCommands) {
    std::string usage = "  seccomp-lint " + std::string(command.usage);
    usage.resize(std::max<std::size_t>(usage.size() + 2, 50), ' ');
    std::cout << usage << command.summary << "\n";
  }
  std::cout
      << "\nseccomp-lint COMMAND --help lists a command's options.\n"
         "Exit status: 0 nothing found, 1 something at or above --fail-level, 2 usage or a path "
         "that\ncannot be read, 3 a bug of seccomp-lint.\n";
}

void PrintVersion() {
  std::cout << "seccomp-lint " << kVersion << " (libseccomp "
            << ToString(schema::filter::Library().version) << ")\n";
}

int Dispatch(std::span<const std::string> args) {
  if (args.empty()) {
    std::cerr << "seccomp-lint: no PATH given; seccomp-lint --help tells how to use it\n";
    return kUsage;
  }
  if (args[0] == "--help" || args[0] == "-h" || args[0] == "help") {
    PrintHelp();
    return kOk;
  }
  if (args[0] == "--version" || args[0] == "-V") {
    PrintVersion();
    return kOk;
  }
  const auto* command = std::ranges::find(kCommands, args[0], &Command::name);
  if (command != kCommands.end()) return command->run(args.subspan(1));
  return Check(args);
}

}  // namespace

std::span<const Command> Commands() { return kCommands; }

int Run(std::span<const std::string> args) {
  try {
    return Dispatch(args);
  } catch (const std::exception& exception) {
    std::cerr << "seccomp-lint: internal error, please report it: " << exception.what() << "\n";
    return kBug;
  }
}

}  // namespace lint::cli
