#include "lint/report/github.h"

#include <string_view>

#include "lint/report/printable.h"
#include "lint/report/relative_path.h"
#include "lint/report/text.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using rules::Severity;

std::string_view Command(Severity severity) {
  return severity == Severity::kInfo ? "notice" : rules::SeverityName(severity);
}

// The lines of a message are separated by %0A; everything else that ends a line is escaped by
// Printable.
std::string Escaped(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else if (is_property && c == ':') {
      out += "%3A";
    } else if (is_property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

struct Annotation {
  std::string_view command;
  std::string title;
  std::string message;
  schema::Span span;
};

std::string Line(const Annotation& annotation, const std::string& path,
                 const schema::Positions& positions) {
  const auto begin = positions.At(annotation.span.begin);
  const auto end = positions.At(annotation.span.end);
  const auto property = [](const char* key, const std::string& value) {
    return std::string(key) + "=" + Escaped(value, true);
  };
  std::string out = "::" + std::string(annotation.command) + " " + property("file", path) +
                    property(",line", std::to_string(begin.line)) +
                    property(",endLine", std::to_string(end.line));
  // The runner refuses columns of a span of several lines.
  if (begin.line == end.line) {
    out += property(",col", std::to_string(begin.column)) +
           property(",endColumn", std::to_string(end.column));
  }
  return out + property(",title", annotation.title) + "::" + Escaped(annotation.message, false) +
         "\n";
}

std::string Begin(const FormatOptions&) { return ""; }

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target>,
              const FormatOptions& options) {
  const schema::Positions positions(file.document.text);
  const std::string path = Printable(RelativePath(file.path, options.working_directory));
  Piece piece;
  for (const engine::Report& report : file.reports) {
    std::string message = Printable(report.message);
    for (const schema::Related& related : report.related) {
      message += "\nnote: line " + std::to_string(positions.At(related.span.begin).line) + ": " +
                 Printable(related.message);
    }
    if (!report.help.empty()) message += "\nhelp: " + Printable(report.help);
    const std::string title = std::string(report.rule->id) + " " + std::string(report.rule->name);
    piece.findings +=
        Line({Command(report.severity), title, message, report.span}, path, positions);
  }
  for (const schema::Related& note : file.notes) {
    piece.findings +=
        Line({"notice", "suppression", Printable(note.message), note.span}, path, positions);
  }
  return piece;
}

std::string End(const Tally&, const Piece&, const FormatOptions&) { return ""; }

}  // namespace

const Format kGithub = {"github", "", &Begin, &PieceOf, &End};

std::string GithubSummary(const Tally& tally) {
  std::string out = "### seccomp-lint\n\n" + TextSummary(tally, {});
  if (tally.rules.empty()) return out;
  out +=
      "\n| rule | errors | warnings | infos | suppressed | what it finds |\n"
      "|---|---:|---:|---:|---:|---|\n";
  for (const auto& [id, counts] : tally.rules) {
    out += "| " + std::string(id) + " " + std::string(counts.rule->name);
    for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
      out += " | " + std::to_string(counts.by_severity[static_cast<std::size_t>(severity)]);
    }
    std::string summary;
    for (const char c : counts.rule->summary) summary += c == '|' ? "\\|" : std::string(1, c);
    out += " | " + std::to_string(counts.suppressed) + " | " + summary + " |\n";
  }
  return out;
}

}  // namespace lint::report
