#include "lint/report/html_finding.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "lint/report/html_source.h"
#include "lint/report/html_text.h"
#include "lint/report/target_list.h"
#include "lint/rules/places.h"
#include "schema/json/document.h"
#include "schema/kernel/syscall.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using rules::Counted;
using rules::Severity;
using schema::Span;

std::string PlaceHtml(const schema::Positions& positions, std::size_t at) {
  const auto position = positions.At(at);
  return "line " + std::to_string(position.line) + ", column " + std::to_string(position.column);
}

// The sections of one file share these.
class FilePage {
 public:
  FilePage(const engine::FileReport& file, std::span<const schema::kernel::Target> targets)
      : file_(file),
        targets_(targets),
        positions_(file.document.text),
        lines_(file.document.text) {}

  // The first of them: nobody reads a page of more.
  std::string Findings(std::span<const engine::Report> reports) {
    constexpr std::size_t kAtMost = 1000;
    std::string out;
    for (const engine::Report& report : reports.first(std::min(kAtMost, reports.size()))) {
      out += Finding(report);
    }
    if (reports.size() <= kAtMost) return out;
    return out + "<p class=muted>" + std::to_string(reports.size() - kAtMost) +
           " more are not on this page: <code>--format text</code> has them all.</p>\n";
  }

  std::string Note(const schema::Related& note) const {
    return "<div class=note><p><b>note:</b> " + HtmlEscaped(note.message) + "</p><p class=place>" +
           PlaceHtml(positions_, note.span.begin) + "</p>\n" + Excerpt(note.span) + "</div>\n";
  }

 private:
  std::string Finding(const engine::Report& report) {
    const std::string severity(rules::SeverityName(report.severity));
    const std::string id(report.rule->id);
    std::string out = "<article class=\"finding of-" + severity + "\" id=f" + kFileNumber + "-" +
                      std::to_string(++findings_) + " data-s=" + severity + " data-r=" + id +
                      ">\n<p class=message>" + SeverityHtml(report.severity) + " " +
                      HtmlEscaped(report.message) + " <a class=rule-id href=#" + id + ">" + id +
                      " " + HtmlEscaped(report.rule->name) + "</a></p>\n";
    out += "<p class=place>" + PlaceHtml(positions_, report.span.begin);
    const std::string pointer = schema::json::PointerTo(file_.document, report.span);
    if (!pointer.empty()) out += ", <code>" + HtmlEscaped(pointer) + "</code>";
    out += "</p>\n" + Excerpt(report.span) + RelatedHtml(report.related);
    if (!report.help.empty()) {
      out += "<p class=help><b>help:</b> " + HtmlEscaped(report.help) + "</p>\n";
    }
    if (report.fix) out += FixHtml(*report.fix);
    if (targets_.size() > 1) {
      out += "<p class=targets><b>targets:</b> " +
             HtmlEscaped(TargetList(targets_, report.targets)) + "</p>\n";
    }
    if (report.accepted) out += AcceptedHtml(*report.accepted);
    return out + "</article>\n";
  }

  std::string Excerpt(Span span, std::size_t context = 2) const {
    return ExcerptHtml(file_.document.text, lines_, span, context);
  }

  std::string RelatedHtml(const std::vector<schema::Related>& related) const {
    if (related.empty()) return "";
    std::string out = "<ul>\n";
    for (const schema::Related& item : related) {
      out += "<li><b>note:</b> " + HtmlEscaped(item.message) + " <span class=place>" +
             PlaceHtml(positions_, item.span.begin) + "</span>\n" + Excerpt(item.span, 0);
    }
    return out + "</ul>\n";
  }

  static std::string FixHtml(const rules::Fix& fix) {
    return std::string("<p class=fix><b>fix:</b> ") + HtmlEscaped(fix.summary) +
           (fix.safe ? " <span class=muted>(safe: <code>--fix</code> makes it)</span>"
                     : " <span class=muted>(read it: <code>--fix --unsafe-fixes</code> makes "
                       "it)</span>") +
           "</p>\n";
  }

  static std::string AcceptedHtml(const engine::Acceptance& accepted) {
    if (accepted.by_baseline) return "<p><b>suppressed</b> by the baseline</p>\n";
    const std::string reason = accepted.reason.empty() ? "" : ": " + HtmlEscaped(accepted.reason);
    return "<p><b>suppressed</b> by a comment of the profile" + reason + "</p>\n";
  }

  const engine::FileReport& file_;
  std::span<const schema::kernel::Target> targets_;
  schema::Positions positions_;
  SourceLines lines_;
  std::size_t findings_ = 0;
};

std::string CountsOf(const engine::FileReport& file) {
  std::string out;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
    const std::size_t count = engine::Count(file, severity);
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += Counted(count, rules::SeverityName(severity));
  }
  if (out.empty()) out = "no findings";
  if (!file.suppressed.empty())
    out += ", " + std::to_string(file.suppressed.size()) + " suppressed";
  return out;
}

// What the profile is, in a line.
std::string Facts(const MatrixColumn& column) {
  if (column.target.empty()) return "";
  if (!column.valid) {
    return "<p class=muted>No valid profile: no engine gets a filter from it.</p>\n";
  }
  const auto decided =
      static_cast<std::size_t>(std::ranges::count(column.cells, true, &MatrixCell::decided));
  return "<p class=muted>On <code>" + HtmlEscaped(column.target) + "</code> the default is <code>" +
         HtmlEscaped(column.texts.front()) + "</code>; rules decide about " +
         Counted(decided, "call") + ".</p>\n";
}

// What the letters of a table cannot say: the verdicts of calls that depend on the arguments.
std::string ByArguments(const MatrixColumn& column) {
  std::size_t count = 0;
  std::string calls;
  for (const MatrixCell& cell : column.cells) {
    const bool depends = cell.kind == CellKind::kAllowIf || cell.kind == CellKind::kOtherIf;
    if (!cell.decided || !depends) continue;
    ++count;
    calls += "<dt><code>" + HtmlEscaped(schema::kernel::Syscalls()[cell.syscall].name) +
             "</code><dd><code>" + HtmlEscaped(column.texts[cell.text]) + "</code>\n";
  }
  if (count == 0) return "";
  return "<details><summary>" + Counted(count, "call") +
         " by arguments</summary>\n<dl class=by-arguments>\n" + calls + "</dl></details>\n";
}

std::string WholeSource(const engine::FileReport& file) {
  const std::string_view text = file.document.text;
  if (text.empty() || text.size() > kMaxWholeSource) return "";
  std::vector<Span> marked;
  for (const engine::Report& report : file.reports) marked.push_back(report.span);
  return "<details><summary>All of the source</summary>\n" +
         SourceHtml(text, SourceLines(text), marked) + "</details>\n";
}

}  // namespace

std::string SeverityHtml(Severity severity) {
  const std::string name(rules::SeverityName(severity));
  return "<span class=\"severity " + name + "\">" + name + "</span>";
}

std::string FileHtml(const engine::FileReport& file, const MatrixColumn& column,
                     std::span<const schema::kernel::Target> targets) {
  FilePage page(file, targets);
  const bool is_open = !file.reports.empty() || !file.notes.empty();
  std::string out = std::string("<details class=file id=f") + kFileNumber +
                    (is_open ? " open" : "") + "><summary><h3>" + HtmlEscaped(file.path) +
                    "</h3> <span class=tally>" + CountsOf(file) + "</span></summary>\n" +
                    Facts(column);
  out += page.Findings(file.reports);
  for (const schema::Related& note : file.notes) out += page.Note(note);
  if (!file.suppressed.empty()) {
    out += "<details class=accepted><summary>" + std::to_string(file.suppressed.size()) +
           " suppressed</summary>\n";
    out += page.Findings(file.suppressed) + "</details>\n";
  }
  return out + ByArguments(column) + WholeSource(file) + "</details>\n";
}

}  // namespace lint::report
