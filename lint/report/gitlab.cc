#include "lint/report/gitlab.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>

#include "lint/engine/fingerprint.h"
#include "lint/report/printable.h"
#include "lint/report/relative_path.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using boost::json::object;
using rules::Severity;

// GitLab knows blocker and critical above these: an error of ours may be either.
std::string_view SeverityOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "minor";
    case Severity::kError:
      return "major";
  }
  return "major";
}

std::string Begin(const FormatOptions&) { return "["; }

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target>,
              const FormatOptions& options) {
  const schema::Positions positions(file.document.text);
  const std::string path = Printable(RelativePath(file.path, options.working_directory));
  engine::Fingerprints fingerprints(file.document);
  Piece piece;
  for (const engine::Report& report : file.reports) {
    std::string description = Printable(report.message);
    if (!report.help.empty()) description += " (" + Printable(report.help) + ")";
    const object issue = {{"description", description},
                          {"check_name", report.rule->id},
                          // GitLab takes two issues with one fingerprint for the same.
                          {"fingerprint", path + ":" + fingerprints.Next(report)},
                          {"severity", SeverityOf(report.severity)},
                          {"location",
                           {{"path", path},
                            {"lines",
                             {{"begin", positions.At(report.span.begin).line},
                              {"end", positions.At(report.span.end).line}}}}}};
    if (!piece.findings.empty()) piece.findings += ",";
    piece.findings += boost::json::serialize(issue);
  }
  return piece;
}

std::string End(const Tally&, const Piece&, const FormatOptions&) { return "]\n"; }

}  // namespace

const Format kGitlab = {"gitlab", ",", &Begin, &PieceOf, &End};

}  // namespace lint::report
