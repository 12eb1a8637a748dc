#include "lint/report/text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "lint/report/printable.h"
#include "lint/report/target_list.h"
#include "lint/rules/places.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using rules::Counted;
using rules::Severity;
using schema::Position;
using schema::Span;

// What a terminal shows: ECMA-48, SGR.
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBlue = "\x1b[1;34m";
constexpr std::string_view kGreen = "\x1b[1;32m";

std::string_view ColorOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return kBlue;
    case Severity::kWarning:
      return kYellow;
    case Severity::kError:
      return kRed;
  }
  return kRed;
}

std::string Colored(std::string_view text, std::string_view color, TextStyle style) {
  if (!style.color) return std::string(text);
  return std::string(color) + std::string(text) + std::string(kReset);
}

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The part of the span's first line that is shown: all of it, or of a long line (a minified file is
// one) what is around the span. Looks no farther than that: a file may be one line with thousands
// of findings.
Span Excerpt(std::string_view text, Span span) {
  constexpr std::size_t kBefore = 60;  // bytes
  constexpr std::size_t kAtMost = 160;
  const std::size_t begin = std::min(span.begin, text.size());
  Span line{begin, begin};
  while (line.begin > 0 && begin - line.begin <= kAtMost && text[line.begin - 1] != '\n') {
    --line.begin;
  }
  while (line.end < text.size() && line.end - begin <= kAtMost && text[line.end] != '\n') {
    ++line.end;
  }
  const auto inside_character = [&](std::size_t i) {
    return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  if (line.end - line.begin > kAtMost) {
    if (begin - line.begin > kBefore) line.begin = begin - kBefore;
    while (line.begin < begin && inside_character(line.begin)) ++line.begin;
    line.end = std::min(line.end, line.begin + kAtMost);
    while (line.end > begin && inside_character(line.end)) --line.end;
  }
  if (line.end > line.begin && text[line.end - 1] == '\r') --line.end;
  return line;
}

// The line of source and the caret line under it.
std::string Quote(std::string_view text, Span span, std::size_t line_number, Severity severity,
                  TextStyle style) {
  const Span line = Excerpt(text, span);
  const std::size_t from = std::clamp(span.begin, line.begin, line.end);
  const std::size_t to = std::clamp(span.end, from, line.end);
  const auto shown = [&](std::size_t begin, std::size_t end) {
    return Printable(text.substr(begin, end - begin), true);
  };
  const std::string before = shown(line.begin, from);
  const std::string marked = shown(from, to);

  // Under a tab stands a tab, so that the caret lines up whatever a tab's width is.
  std::string carets;
  for (const char c : before) {
    if (c == '\t') {
      carets += '\t';
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      carets += ' ';
    }
  }
  const std::size_t width = CodePoints(marked);
  carets += '^' + std::string(width > 1 ? width - 1 : 0, '~');
  if (style.color) {
    const std::size_t caret = carets.find('^');
    carets.replace(caret, std::string::npos,
                   Colored(carets.substr(caret), ColorOf(severity), style));
  }
  std::string number = std::to_string(line_number);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  const std::string blank(number.size(), ' ');
  return Colored(number + " |", kDim, style) + " " + before + marked + shown(to, line.end) + "\n" +
         Colored(blank + " |", kDim, style) + " " + carets + "\n";
}

std::string Place(const std::string& path, Position position) {
  return Printable(path) + ":" + std::to_string(position.line) + ":" +
         std::to_string(position.column) + ":";
}

std::string TargetsLine(const engine::Report& report,
                        std::span<const schema::kernel::Target> targets) {
  if (targets.size() < 2) return "";
  return "  targets: " + TargetList(targets, report.targets) + "\n";
}

}  // namespace

std::string Text(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
                 TextStyle style) {
  const std::string_view source = file.document.text;
  const schema::Positions positions(source);
  std::string out;
  for (const engine::Report& report : file.reports) {
    const Position position = positions.At(report.span.begin);
    out += Colored(Place(file.path, position), kBold, style) + " " +
           Colored(std::string(rules::SeverityName(report.severity)) + ":",
                   ColorOf(report.severity), style) +
           " " + Printable(report.message) + " " +
           Colored("[" + std::string(report.rule->id) + " " + std::string(report.rule->name) + "]",
                   kDim, style) +
           "\n";
    out += Quote(source, report.span, position.line, report.severity, style);
    for (const schema::Related& related : report.related) {
      const Position place = positions.At(related.span.begin);
      out += "  " + Colored("note:", kBold, style) + " " + Place(file.path, place) + " " +
             Printable(related.message) + "\n";
    }
    if (!report.help.empty()) {
      out += "  " + Colored("help:", kGreen, style) + " " + Printable(report.help) + "\n";
    }
    out += TargetsLine(report, targets);
  }
  for (const schema::Related& note : file.notes) {
    const Position position = positions.At(note.span.begin);
    out += Colored(Place(file.path, position), kBold, style) + " " +
           Colored("note:", kBold, style) + " " + Printable(note.message) + "\n" +
           Quote(source, note.span, position.line, Severity::kInfo, style);
  }
  return out;
}

std::string TextSummary(const Tally& tally, TextStyle style) {
  if (tally.files == 0 && tally.unreadable != 0) {
    return "nothing checked: " + Counted(tally.unreadable, "path") + " could not be read\n";
  }
  std::string parts;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
    const std::size_t count = tally.Count(severity);
    if (count == 0) continue;
    if (!parts.empty()) parts += ", ";
    parts += Colored(Counted(count, rules::SeverityName(severity)), ColorOf(severity), style);
  }
  if (parts.empty()) parts = Colored("no findings", kGreen, style);
  if (const std::size_t suppressed = tally.Suppressed(); suppressed != 0) {
    parts += ", " + std::to_string(suppressed) + " suppressed";
  }
  return Counted(tally.files, "file") + " checked: " + parts + "\n";
}

std::string Statistics(const Tally& tally) {
  std::string out;
  for (const auto& entry : tally.rules) {
    const Tally::OfRule& counts = entry.second;
    const auto add = [&](std::size_t count, std::string severity) {
      if (count == 0) return;
      std::string number = std::to_string(count);
      number.insert(0, number.size() < 7 ? 7 - number.size() : 0, ' ');
      severity.resize(std::string_view("suppressed").size(), ' ');
      out.append(number).append("  ").append(counts.rule->id).append("  ");
      out.append(severity).append("  ").append(counts.rule->name).append("\n");
    };
    for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
      add(counts.by_severity[static_cast<std::size_t>(severity)],
          std::string(rules::SeverityName(severity)));
    }
    add(counts.suppressed, "suppressed");
  }
  return out;
}

namespace {

std::string Begin(const FormatOptions&) { return ""; }

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
              const FormatOptions& options) {
  return {Text(file, targets, {options.color}), "", ""};
}

std::string End(const Tally& tally, const Piece&, const FormatOptions& options) {
  return (options.statistics ? Statistics(tally) : "") +
         (options.summary ? TextSummary(tally, {options.color}) : "");
}

}  // namespace

const Format kText = {"text", "", &Begin, &PieceOf, &End};

}  // namespace lint::report
