#include <algorithm>
#include <array>

#include "lint/rules/rule.h"

namespace lint::rules {

#define RULE(ID, NAME) extern const Rule k##ID;
#include "lint/rules.def"
#undef RULE

namespace {

constexpr std::array kRules = {
#define RULE(ID, NAME) &k##ID,
#include "lint/rules.def"
#undef RULE
};

}  // namespace

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

std::span<const Rule* const> AllRules() { return kRules; }

const Rule* FindRule(std::string_view id_or_name) {
  const auto* found = std::ranges::find_if(
      kRules, [&](const Rule* rule) { return rule->id == id_or_name || rule->name == id_or_name; });
  return found == kRules.end() ? nullptr : *found;
}

}  // namespace lint::rules
