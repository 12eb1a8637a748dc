#include "lint/lsp/code_actions.h"

#include <algorithm>
#include <utility>

#include "lint/lsp/diagnostics.h"
#include "lint/report/printable.h"

namespace lint::lsp {
namespace {

using boost::json::array;
using boost::json::object;
using rules::Edit;

// Kinds are a tree: "source" means "source.fixAll", too.
bool Wants(const ActionQuestion& question, std::string_view kind) {
  return question.only.empty() || std::ranges::any_of(question.only, [&](const std::string& one) {
           return one.empty() || kind == one || (kind.starts_with(one) && kind[one.size()] == '.');
         });
}

bool Touch(schema::Span a, schema::Span b) { return a.begin <= b.end && b.begin <= a.end; }

object WorkspaceEdit(const Document& document, const LineIndex& index,
                     const ClientAbilities& client, const std::vector<Edit>& edits) {
  array changes;
  for (const Edit& edit : edits) {
    changes.push_back(object{{"range", RangeValue(index, edit.span)}, {"newText", edit.text}});
  }
  if (!client.document_changes) return {{"changes", {{document.uri, std::move(changes)}}}};
  object name = {{"uri", document.uri}, {"version", nullptr}};
  if (document.version) name["version"] = *document.version;
  return {{"documentChanges",
           array{object{{"textDocument", std::move(name)}, {"edits", std::move(changes)}}}}};
}

bool IsCharacterBegin(std::string_view text, std::size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

// From `before` to `after` by one edit of whole lines, so that the cursor elsewhere stays.
std::vector<Edit> Difference(std::string_view before, std::string_view after) {
  const auto [at, other] = std::ranges::mismatch(before, after);
  auto begin = static_cast<std::size_t>(at - before.begin());
  while (begin > 0 && before[begin - 1] != '\n') --begin;
  std::size_t tail = 0;
  const std::size_t most = std::min(before.size(), after.size()) - begin;
  while (tail < most && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  while (tail > 0 && !IsCharacterBegin(before, before.size() - tail)) --tail;
  // A line's end is one place, though it may be two bytes: do not cut between them.
  while (tail > 0 && before[before.size() - tail] == '\n') --tail;
  const std::size_t end = before.size() - tail;
  if (begin == end && before.size() == after.size()) return {};
  return {{{begin, end}, std::string(after.substr(begin, after.size() - tail - begin))}};
}

object QuickFix(const Document& document, const Analysis& analysis, const engine::Report& report,
                const LineIndex& index, const ClientAbilities& client) {
  std::string title = report::Printable(report.fix->summary) + " (" + std::string(report.rule->id) +
                      (report.fix->safe ? ")" : ", changes what the profile means or says)");
  if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return {{"title", std::move(title)},
          {"kind", kQuickFix},
          {"diagnostics", array{DiagnosticOf(document, analysis, report, index, client)}},
          {"isPreferred", report.fix->safe},
          {"edit", WorkspaceEdit(document, index, client, report.fix->edits)}};
}

bool HasSafeFix(const Analysis& analysis) {
  return std::ranges::any_of(analysis.report.reports, [](const engine::Report& report) {
    return report.fix && report.fix->safe && !report.fix->edits.empty();
  });
}

}  // namespace

array CodeActions(const Document& document, Analysis& analysis, const LineIndex& index,
                  const ClientAbilities& client, const ActionQuestion& question) {
  array actions;
  if (Wants(question, kQuickFix)) {
    for (const engine::Report& report : analysis.report.reports) {
      const bool has_fix = report.fix && !report.fix->edits.empty();
      if (!has_fix || !Touch(report.span, question.range)) continue;
      actions.push_back(QuickFix(document, analysis, report, index, client));
    }
  }
  if (Wants(question, kFixAll) && HasSafeFix(analysis)) {
    object action = {{"title", "Fix all that can be fixed safely (seccomp-lint)"},
                     {"kind", kFixAll}};
    if (client.resolves_edits) {
      action["data"] = object{{"uri", document.uri}};
      if (document.version) action["data"].get_object()["version"] = *document.version;
    } else {
      action["edit"] = FixAllEdit(document, analysis, index, client);
    }
    actions.push_back(std::move(action));
  }
  return actions;
}

object FixAllEdit(const Document& document, Analysis& analysis, const LineIndex& index,
                  const ClientAbilities& client) {
  return WorkspaceEdit(document, index, client,
                       Difference(document.text, FixedText(document, analysis)));
}

}  // namespace lint::lsp
