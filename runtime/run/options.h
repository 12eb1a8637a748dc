// Options of a command line: --name=value, --name value, and switches. For the two programs that
// start containers; what they have in common is that nothing after the first operand is theirs.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/filter/prove.h"

namespace runtime::run {

struct Option {
  std::string_view name;   // without the dashes
  std::string_view value;  // what --help calls it: "DIR"; empty: a switch
  std::string_view help;   // lines of it are indented alike
};

struct ParsedOptions {
  // By name; a switch holds "true" or "false".
  std::map<std::string, std::string, std::less<>> values;
  std::vector<std::string> operands;  // from the first operand, or what follows --

  std::optional<std::string> Get(std::string_view name) const;
  bool IsOn(std::string_view name) const { return Get(name) == "true"; }
};

// Stops at the first operand or after "--". A switch may be given as --check, --check=true or
// --check=false; a value may be empty.
// Errors: kInvalid, an unknown option (with the known ones), one given twice, a value missing.
schema::Result<ParsedOptions> ParseOptions(std::span<const Option> options,
                                           std::span<const std::string> args);

// A switch's value: "true" or "false".
schema::Status CheckSwitch(std::string_view name, std::string_view value);

// What makes filters; absent: the direct compiler.
schema::Result<schema::filter::Compiler> ParseCompiler(std::string_view option,
                                                       const std::optional<std::string>& value);

const Option* FindOption(std::span<const Option> options, std::string_view name);

// A paragraph an option, for --help.
std::string OptionHelp(std::span<const Option> options);

}  // namespace runtime::run
