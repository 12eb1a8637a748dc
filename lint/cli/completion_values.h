// What may stand as the value of an option and as an operand, for the completions. Options and
// their descriptions come from the commands themselves; here stands what those do not say.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lint/completion/completion.h"

namespace lint::cli {

// Of an option that takes a value. std::nullopt: not in the table, which a test finds.
std::optional<completion::Value> ValueOfOption(std::string_view command, std::string_view option);

struct OperandValues {
  std::vector<completion::Value> values;
  bool repeats = false;  // the last one
};

// What `usage` says of the operands: its words in capitals outside of brackets with options.
// "query PROFILE SYSCALL [ARG...]" -> a profile, a system call, several of nothing known.
OperandValues OperandsOf(std::string_view usage);

// The lists that these values name, as the tables and registries hold them now.
std::vector<completion::WordList> WordLists();

// The keys of --target.
std::vector<completion::Key> TargetKeys();

}  // namespace lint::cli
