#include "lint/lsp/diagnostics.h"

#include <array>
#include <string>
#include <utility>

#include "lint/report/printable.h"
#include "lint/report/target_list.h"

namespace lint::lsp {
namespace {

using boost::json::array;
using boost::json::object;
using report::Printable;
using rules::Severity;

constexpr const char* kSource = "seccomp-lint";

// Source: LSP 3.17, "DiagnosticSeverity".
int SeverityNumber(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return 1;
    case Severity::kWarning:
      return 2;
    case Severity::kInfo:
      return 3;
  }
  return 1;
}

// Editors fade what is unnecessary, and strike out what is deprecated. Source: LSP 3.17,
// "DiagnosticTag".
constexpr int kUnnecessary = 1;
constexpr int kDeprecated = 2;
constexpr std::array kTags = {
    std::pair{std::string_view("SL119"), kDeprecated},
    std::pair{std::string_view("SL501"), kUnnecessary},
    std::pair{std::string_view("SL504"), kUnnecessary},
};

array TagsOf(std::string_view rule) {
  array tags;
  for (const auto& [id, tag] : kTags) {
    if (id == rule) tags.emplace_back(tag);
  }
  return tags;
}

std::string MessageOf(const Analysis& analysis, const engine::Report& report) {
  std::string message = Printable(report.message);
  if (!report.help.empty()) message += "\nhelp: " + Printable(report.help);
  const auto& targets = analysis.settings.options.targets;
  if (report.targets.size() < targets.size()) {
    message += "\non: " + report::TargetList(targets, report.targets);
  }
  return message;
}

}  // namespace

object DiagnosticOf(const Document& document, const Analysis& analysis,
                    const engine::Report& report, const LineIndex& index,
                    const ClientAbilities& client) {
  object diagnostic = {{"range", RangeValue(index, report.span)},
                       {"severity", SeverityNumber(report.severity)},
                       {"code", report.rule->id},
                       {"source", kSource},
                       {"message", MessageOf(analysis, report)}};
  // What is an error is not to be overlooked.
  if (client.tags && report.severity != Severity::kError) {
    if (array tags = TagsOf(report.rule->id); !tags.empty()) diagnostic["tags"] = std::move(tags);
  }
  if (client.related_information && !report.related.empty()) {
    array related;
    for (const schema::Related& item : report.related) {
      related.push_back(
          object{{"location", {{"uri", document.uri}, {"range", RangeValue(index, item.span)}}},
                 {"message", Printable(item.message)}});
    }
    diagnostic["relatedInformation"] = std::move(related);
  }
  return diagnostic;
}

array DiagnosticsOf(const Document& document, const Analysis& analysis, const LineIndex& index,
                    const ClientAbilities& client) {
  array diagnostics;
  for (const engine::Report& report : analysis.report.reports) {
    diagnostics.push_back(DiagnosticOf(document, analysis, report, index, client));
  }
  for (const schema::Related& note : analysis.report.notes) {
    diagnostics.push_back(object{{"range", RangeValue(index, note.span)},
                                 {"severity", SeverityNumber(Severity::kInfo)},
                                 {"source", kSource},
                                 {"message", Printable(note.message)}});
  }
  return diagnostics;
}

object SettingsDiagnostic(std::string_view message) {
  const object begin = {{"line", 0}, {"character", 0}};
  const object end = {{"line", 0}, {"character", 1}};
  return {{"range", {{"start", begin}, {"end", end}}},
          {"severity", SeverityNumber(Severity::kError)},
          {"source", kSource},
          {"message", "not checked: " + Printable(message)}};
}

}  // namespace lint::lsp
