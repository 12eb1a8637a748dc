// What the commands' command lines have in common.

#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/target.h"

namespace lint::cli {

// Parses `args` by `options`; what is no option is put into "operand". Prints the help where it is
// asked for, and on a mistake one line on stderr. std::nullopt: exit with `exit_code`.
std::optional<boost::program_options::variables_map> ParseCommandLine(
    std::string_view usage, const boost::program_options::options_description& options,
    std::span<const std::string> args, int& exit_code);

// The operands, in order.
std::vector<std::string> Operands(const boost::program_options::variables_map& values);

// The option's value, where it is a path: - stays -.
std::string PathOf(const boost::program_options::variables_map& values, const std::string& option);

// The values of an option that may be repeated.
std::vector<std::string> ValuesOf(const boost::program_options::variables_map& values,
                                  const std::string& option);

// The same, where they are paths.
std::vector<std::string> PathsOf(const boost::program_options::variables_map& values,
                                 const std::string& option);

// "a,b" given several times -> all the parts.
std::vector<std::string> SplitAtCommas(const std::vector<std::string>& values);

// What --target says, and what the file of --targets lists.
schema::Result<std::vector<std::string>> TargetTexts(
    const boost::program_options::variables_map& values);

// Each text read over this host, each target once; this host alone where there is no text.
schema::Result<std::vector<schema::kernel::Target>> Targets(const std::vector<std::string>& texts);

// Whether one of the texts, in --target's form, says which engine is meant.
bool NamesEngine(const std::vector<std::string>& texts);

// A target, and whether its engine is one that somebody chose.
struct ChosenTarget : schema::kernel::Target {
  ChosenTarget(const Target& target, bool named = true)  // NOLINT: a target is one
      : Target(target), engine_is_named(named) {}
  bool engine_is_named;
};

// The one target of a command that takes --target once.
schema::Result<ChosenTarget> OneTarget(const boost::program_options::variables_map& values);

// "seccomp-lint: MESSAGE" on stderr; returns kUsage.
int Complain(std::string_view message);

}  // namespace lint::cli
