#include "runtime/run/options.h"

#include <algorithm>
#include <utility>

#include "schema/kernel/suggestion.h"

namespace runtime::run {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

Error UnknownOption(std::string_view name, std::span<const Option> options) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Option& option : options) {
    names.push_back(option.name);
    list += (list.empty() ? "--" : ", --") + std::string(option.name);
  }
  return Invalid("unknown option --" + std::string(name) + schema::kernel::DidYouMean(name, names) +
                 "; known: " + list);
}

}  // namespace

std::optional<std::string> ParsedOptions::Get(std::string_view name) const {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

const Option* FindOption(std::span<const Option> options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

Status CheckSwitch(std::string_view name, std::string_view value) {
  if (value == "true" || value == "false") return {};
  return Invalid("--" + std::string(name) + "=" + std::string(value) +
                 ": a switch is true or false");
}

Result<schema::filter::Compiler> ParseCompiler(std::string_view option,
                                               const std::optional<std::string>& value) {
  const auto compiler = schema::filter::ParseCompiler(value.value_or("direct"));
  if (compiler) return *compiler;
  return Invalid("--" + std::string(option) + "=" + *value +
                 ": a compiler is direct or libseccomp");
}

Result<ParsedOptions> ParseOptions(std::span<const Option> options,
                                   std::span<const std::string> args) {
  ParsedOptions parsed;
  std::size_t next = 0;
  while (next < args.size()) {
    const std::string_view word = args[next];
    if (!word.starts_with('-') || word == "-") break;  // the first operand
    ++next;
    if (word == "--") break;
    if (!word.starts_with("--")) {
      return Invalid("unknown option " + std::string(word) + "; options start with two dashes");
    }
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(2, equals == word.npos ? equals : equals - 2);
    const Option* option = FindOption(options, name);
    if (option == nullptr) return UnknownOption(name, options);
    std::string value = "true";
    if (equals != word.npos) {
      value = word.substr(equals + 1);
    } else if (!option->value.empty()) {
      if (next == args.size()) {
        return Invalid("--" + std::string(name) + " needs a value: --" + std::string(name) + "=" +
                       std::string(option->value));
      }
      value = args[next++];
    }
    if (option->value.empty()) {
      if (Status status = CheckSwitch(name, value); !status) return std::move(status).error();
    }
    if (!parsed.values.emplace(name, std::move(value)).second) {
      return Invalid("--" + std::string(name) + " is given twice");
    }
  }
  const auto rest = args.subspan(next);
  parsed.operands.assign(rest.begin(), rest.end());
  return parsed;
}

std::string OptionHelp(std::span<const Option> options) {
  std::string text;
  for (const Option& option : options) {
    text += "  --" + std::string(option.name);
    if (!option.value.empty()) text += "=" + std::string(option.value);
    text += "\n      ";
    for (const char c : option.help) {
      text += c;
      if (c == '\n') text += "      ";
    }
    text += '\n';
  }
  return text;
}

}  // namespace runtime::run
