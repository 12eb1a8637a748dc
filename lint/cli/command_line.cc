#include "lint/cli/command_line.h"

#include <algorithm>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <iostream>
#include <sstream>
#include <utility>

#include "lint/cli/seccomp_lint.h"
#include "lint/cli/targets_file.h"
#include "lint/report/printable.h"
#include "schema/filter/compile.h"
#include "schema/filter/library.h"
#include "schema/kernel/syscall.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

// A lone "-" is a path to us, and an option without a name to the library.
constexpr std::string_view kStdinOperand = "/dev/stdin";

}  // namespace

std::optional<po::variables_map> ParseCommandLine(std::string_view usage,
                                                  const po::options_description& options,
                                                  std::span<const std::string> args,
                                                  int& exit_code) {
  po::options_description all;
  all.add(options).add_options()("help,h", "print this and exit");
  po::options_description with_operands;
  with_operands.add(all).add_options()("operand", po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add("operand", -1);
  std::vector<std::string> words(args.begin(), args.end());
  for (std::string& word : words) {
    if (word == "-") word = kStdinOperand;
  }
  po::variables_map values;
  try {
    namespace style = po::command_line_style;
    // The default style without the guessing of abbreviated options.
    const int without_guessing = style::default_style & ~style::allow_guessing;
    po::store(po::command_line_parser(words)
                  .options(with_operands)
                  .positional(positions)
                  .style(without_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& error) {
    exit_code = Complain(error.what());
    return std::nullopt;
  }
  if (values.contains("help")) {
    std::cout << "usage: seccomp-lint " << usage << "\n\n" << all;
    exit_code = kOk;
    return std::nullopt;
  }
  return values;
}

std::vector<std::string> Operands(const po::variables_map& values) {
  return PathsOf(values, "operand");
}

std::vector<std::string> ValuesOf(const po::variables_map& values, const std::string& option) {
  if (!values.contains(option)) return {};
  return values[option].as<std::vector<std::string>>();
}

std::vector<std::string> PathsOf(const po::variables_map& values, const std::string& option) {
  auto paths = ValuesOf(values, option);
  for (std::string& path : paths) {
    if (path == kStdinOperand) path = "-";
  }
  return paths;
}

std::string PathOf(const po::variables_map& values, const std::string& option) {
  const std::string& path = values[option].as<std::string>();
  return path == kStdinOperand ? "-" : path;
}

std::vector<std::string> SplitAtCommas(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    std::istringstream stream(value);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  }
  return parts;
}

schema::Result<std::vector<std::string>> TargetTexts(const po::variables_map& values) {
  auto texts = ValuesOf(values, "target");
  const auto& path = values["targets"].as<std::string>();
  if (path.empty()) return texts;
  auto listed = ReadTargetsFile(path);
  if (!listed) return listed;
  texts.insert(texts.end(), listed->begin(), listed->end());
  return texts;
}

schema::Result<std::vector<schema::kernel::Target>> Targets(const std::vector<std::string>& texts) {
  auto host = schema::kernel::ThisHost(schema::filter::Library());
  if (!host) return std::move(host).error();
  if (texts.empty()) return std::vector{*host};
  std::vector<schema::kernel::Target> targets;
  for (const std::string& text : texts) {
    auto some = schema::kernel::ParseTargets(text, *host);
    if (!some) return std::move(some).error();
    for (const schema::kernel::Target& target : *some) {
      if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
    }
  }
  return targets;
}

bool NamesEngine(const std::vector<std::string>& texts) {
  constexpr std::string_view kKey = "engine=";
  return std::ranges::any_of(texts, [&](const std::string& text) {
    return text.starts_with(kKey) || text.find("," + std::string(kKey)) != std::string::npos;
  });
}

schema::Result<ChosenTarget> OneTarget(const po::variables_map& values) {
  auto host = schema::kernel::ThisHost(schema::filter::Library());
  if (!host) return std::move(host).error();
  const std::string text = values["target"].as<std::string>();
  if (text.empty()) return ChosenTarget(*host, false);
  auto target = schema::kernel::ParseTarget(text, *host);
  if (!target) return std::move(target).error();
  return ChosenTarget(*target, NamesEngine({text}));
}

int Complain(std::string_view message) {
  std::cout.flush();
  std::cerr << "seccomp-lint: " << report::Printable(message) << "\n";
  return kUsage;
}

}  // namespace lint::cli
