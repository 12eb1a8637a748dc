// seccomp-lint, but for main(): so that tests can run it within their process.

#pragma once

#include <span>
#include <string>

namespace lint::cli {

// Exit codes, as the README promises them.
inline constexpr int kOk = 0;
inline constexpr int kFound = 1;
inline constexpr int kUsage = 2;  // also: a path that cannot be read
inline constexpr int kBug = 3;

// `args`: the command line without the program's name. Writes to stdout and stderr.
int Run(std::span<const std::string> args);

}  // namespace lint::cli
