#include "lint/lsp/symbols.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>
#include <utility>

#include "lint/report/printable.h"
#include "lint/rules/places.h"
#include "schema/kernel/action.h"

namespace lint::lsp {
namespace {

using boost::json::object;

constexpr int kFunction = 12;  // LSP 3.17, "SymbolKind"
constexpr std::size_t kShownNames = 3;

std::string ActionText(const schema::profile::Rule& rule) {
  if (!rule.action) return "no action";
  std::string_view name = schema::kernel::Facts(rule.action->value).scmp_name;
  constexpr std::string_view kPrefix = "SCMP_ACT_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return std::string(name);
}

std::string NameOf(const schema::profile::Rule& rule) {
  const auto names = rule.AllNames();
  std::string text = ActionText(rule);
  const std::size_t shown = std::min(names.size(), kShownNames);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? " " : ", ") + report::Printable(names[i].value);
  }
  if (names.size() > shown) text += ", ... (" + std::to_string(names.size()) + ")";
  return text;
}

std::string DetailOf(const schema::profile::Rule& rule, std::size_t number) {
  std::string text = "rule " + std::to_string(number);
  if (!rule.args.empty()) text += ", " + rules::Counted(rule.args.size(), "condition");
  return text;
}

}  // namespace

boost::json::array SymbolsOf(const Document& document, const Analysis& analysis,
                             const LineIndex& index, const ClientAbilities& client) {
  boost::json::array symbols;
  if (!analysis.profile) return symbols;
  for (std::size_t i = 0; i < analysis.profile->syscalls.size(); ++i) {
    const schema::profile::Rule& rule = analysis.profile->syscalls[i];
    object symbol = {{"name", NameOf(rule)}, {"kind", kFunction}};
    if (client.symbol_tree) {
      symbol["detail"] = DetailOf(rule, i);
      symbol["range"] = RangeValue(index, rule.span);
      symbol["selectionRange"] = RangeValue(index, rules::ActionSpan(rule));
    } else {
      symbol["location"] = {{"uri", document.uri}, {"range", RangeValue(index, rule.span)}};
    }
    symbols.push_back(std::move(symbol));
  }
  return symbols;
}

}  // namespace lint::lsp
