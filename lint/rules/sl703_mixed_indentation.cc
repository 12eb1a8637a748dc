#include <algorithm>
#include <optional>

#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckMixedIndentation(const Context& context) {
  if (!context.json.valid) return {};
  const std::string_view text = context.json.document.text;
  std::optional<char> first;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t line_end = std::min(text.find('\n', begin), text.size());
    std::size_t end = begin;
    while (end < line_end && (text[end] == ' ' || text[end] == '\t')) ++end;
    for (std::size_t i = begin; i < end; ++i) {
      if (!first) first = text[i];
      if (text[i] == *first) continue;
      const bool tabs = *first == '\t';
      return {{{i, end},
               std::string("the line is indented with ") + (tabs ? "spaces" : "a tab") +
                   ", the first one of the file with " + (tabs ? "tabs" : "spaces"),
               "indent all lines alike",
               {},
               {}}};
    }
    begin = line_end + 1;
  }
  return {};
}

}  // namespace

extern const Rule kSL703{
    .id = "SL703",
    .name = "mixed-indentation",
    .severity = Severity::kInfo,
    .on_by_default = false,
    .summary = "Some lines are indented with tabs and others with spaces.",
    .why =
        "It means nothing to JSON. But each editor shows it otherwise, what looks nested is not, "
        "and every change of an editor's settings becomes a change of the file.",
    .bad = "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\",\n\t\"syscalls\": []\n}",
    .good = "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\",\n  \"syscalls\": []\n}",
    .source = "RFC 8259, section 2",
    .check = &CheckMixedIndentation,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
