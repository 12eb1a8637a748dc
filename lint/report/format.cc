#include "lint/report/format.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "lint/report/checkstyle.h"
#include "lint/report/github.h"
#include "lint/report/gitlab.h"
#include "lint/report/html.h"
#include "lint/report/json.h"
#include "lint/report/junit.h"
#include "lint/report/sarif.h"
#include "lint/report/text.h"

namespace lint::report {
namespace {

constexpr std::array kFormats = {&kText,   &kJson,  &kSarif,      &kGithub,
                                 &kGitlab, &kJunit, &kCheckstyle, &kHtml};

void Append(std::string& to, std::string_view piece, std::string_view separator) {
  if (!to.empty() && !piece.empty()) to += separator;
  to += piece;
}

}  // namespace

std::span<const Format* const> Formats() { return kFormats; }

const Format* FindFormat(std::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : *found;
}

std::string FormatNames() {
  std::string names;
  for (const Format* format : kFormats) Append(names, format->name, ", ");
  return names;
}

std::string Assembly::Add(Piece piece) {
  Append(kept_.suppressed, piece.suppressed, format_.separator);
  Append(kept_.notes, piece.notes, format_.separator);
  std::ranges::move(piece.columns, std::back_inserter(kept_.columns));
  ++files_;
  if (format_.number != nullptr) {
    piece.findings = format_.number(piece.findings, files_);
  }
  if (has_findings_ && !piece.findings.empty()) piece.findings.insert(0, format_.separator);
  has_findings_ = has_findings_ || !piece.findings.empty();
  return std::move(piece.findings);
}

std::string Render(const Format& format, std::span<const engine::FileReport> files,
                   std::span<const schema::kernel::Target> targets, const FormatOptions& options) {
  Assembly assembly(format, options);
  Tally tally;
  std::string out = assembly.Begin();
  for (const engine::FileReport& file : files) {
    tally.Add(file);
    out += assembly.Add(assembly.Render(file, targets));
  }
  return out + assembly.End(tally);
}

}  // namespace lint::report
