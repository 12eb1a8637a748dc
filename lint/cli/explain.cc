#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "lint/cli/command_line.h"
#include "lint/cli/commands.h"
#include "lint/cli/seccomp_lint.h"
#include "lint/rules/rule.h"

namespace lint::cli {
namespace {

namespace po = boost::program_options;

bool IsFormat(const std::string& format) { return format == "text" || format == "json"; }

boost::json::object RuleObject(const rules::Rule& rule) {
  return {{"rule", rule.id},
          {"name", rule.name},
          {"severity", rules::SeverityName(rule.severity)},
          {"default", rule.on_by_default},
          {"summary", rule.summary},
          {"why", rule.why},
          {"bad", rule.bad},
          {"good", rule.good},
          {"source", rule.source}};
}

// Words of `text` in lines of at most 80 columns.
std::string Wrapped(std::string_view text) {
  constexpr std::size_t kColumns = 80;
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column != 0 && column + 1 + word.size() > kColumns) {
      out += "\n";
      column = 0;
    } else if (column != 0) {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string Indented(std::string_view text) {
  std::string out = "    ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "    ";
  }
  return out + "\n";
}

void PrintRule(const rules::Rule& rule) {
  std::cout << rule.id << " " << rule.name << " (" << rules::SeverityName(rule.severity)
            << (rule.on_by_default ? "" : ", off unless selected") << ")\n\n"
            << Wrapped(rule.summary) << "\n"
            << Wrapped(rule.why) << "\nBad:\n\n"
            << Indented(rule.bad) << "\nGood:\n\n"
            << Indented(rule.good) << "\nSource: " << rule.source << "\n";
}

}  // namespace

po::options_description ExplainOptions() {
  po::options_description options("Options");
  options.add_options()                                                            //
      ("format", po::value<std::string>()->default_value("text"), "text or json")  //
      ("target", po::value<std::vector<std::string>>()->composing(), "the same for every target");
  return options;
}

int Explain(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("explain RULE", ExplainOptions(), args, exit_code);
  if (!values) return exit_code;
  const auto operands = Operands(*values);
  if (operands.empty()) return Complain("explain which rule? seccomp-lint rules lists them");
  const std::string format = (*values)["format"].as<std::string>();
  if (!IsFormat(format)) return Complain("--format takes text or json");
  const bool json = format == "json";
  for (const std::string& operand : operands) {
    const rules::Rule* rule = rules::FindRule(operand);
    if (rule == nullptr) {
      return Complain("no rule is called \"" + operand + "\": see seccomp-lint rules");
    }
    if (json) {
      std::cout << boost::json::serialize(RuleObject(*rule)) << "\n";
    } else {
      if (&operand != &operands.front()) std::cout << "\n";
      PrintRule(*rule);
    }
  }
  return kOk;
}

int Rules(std::span<const std::string> args) {
  int exit_code = kOk;
  const auto values = ParseCommandLine("rules", ExplainOptions(), args, exit_code);
  if (!values) return exit_code;
  if (!Operands(*values).empty()) return Complain("rules takes no operand");
  const std::string format = (*values)["format"].as<std::string>();
  if (!IsFormat(format)) return Complain("--format takes text or json");
  if (format == "json") {
    boost::json::array all;
    for (const rules::Rule* rule : rules::AllRules()) all.push_back(RuleObject(*rule));
    std::cout << boost::json::serialize(all) << "\n";
    return kOk;
  }
  for (const rules::Rule* rule : rules::AllRules()) {
    std::string head = std::string(rule->id) + "  " + std::string(rule->name);
    head.resize(std::max<std::size_t>(head.size() + 2, 36), ' ');
    std::string severity(rules::SeverityName(rule->severity));
    severity.resize(9, ' ');
    std::cout << head << severity << rule->summary << (rule->on_by_default ? "" : " (off)") << "\n";
  }
  return kOk;
}

}  // namespace lint::cli
