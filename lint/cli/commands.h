// The commands of seccomp-lint, each in a file of its name.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lint::cli {

inline constexpr std::string_view kVersion = SECCOMP_LINT_VERSION;

// Each takes its arguments without the command's name and returns the exit code.
int Check(std::span<const std::string> args);
int Compile(std::span<const std::string> args);
int Cost(std::span<const std::string> args);
int Diff(std::span<const std::string> args);
int Explain(std::span<const std::string> args);
int ExplainDenial(std::span<const std::string> args);
int Prove(std::span<const std::string> args);
int Query(std::span<const std::string> args);
int Resolve(std::span<const std::string> args);
int Rules(std::span<const std::string> args);
int Syscalls(std::span<const std::string> args);
int Test(std::span<const std::string> args);

}  // namespace lint::cli
