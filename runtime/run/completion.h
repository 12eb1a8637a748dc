// Completion scripts for the programs that start containers, made of their tables of options.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/run/options.h"
#include "schema/error.h"

namespace runtime::run {

// What completes `program` in `shell` (bash, zsh, fish). `runs_command`: its operands are a command
// with arguments; otherwise it takes none.
// Errors: kInvalid, there is no script for that shell.
schema::Result<std::string> CompletionScript(std::string_view program,
                                             std::span<const Option> options, bool runs_command,
                                             std::string_view shell);

}  // namespace runtime::run
