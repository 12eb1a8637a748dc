#include "lint/report/junit.h"

#include <string>

#include "lint/report/relative_path.h"
#include "lint/report/xml.h"
#include "schema/span.h"

namespace lint::report {
namespace {

std::string Begin(const FormatOptions&) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seccomp-lint\">\n";
}

std::string Failure(const engine::Report& report, const std::string& path,
                    const schema::Positions& positions) {
  const auto place = positions.At(report.span.begin);
  const std::string severity(rules::SeverityName(report.severity));
  const std::string rule = std::string(report.rule->id) + " " + std::string(report.rule->name);
  return "      <failure" + XmlAttribute("type", severity) +
         XmlAttribute("message", rule + ": " + report.message) + ">" +
         XmlEscaped(path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) +
                    ": " + severity + ": " + report.message + " [" + rule + "]") +
         (report.help.empty() ? "" : "\nhelp: " + XmlEscaped(report.help)) + "</failure>\n";
}

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target>,
              const FormatOptions& options) {
  const schema::Positions positions(file.document.text);
  const std::string path = RelativePath(file.path, options.working_directory);
  std::string out = "  <testsuite" + XmlAttribute("name", path) + XmlAttribute("tests", "1") +
                    XmlAttribute("failures", file.reports.empty() ? "0" : "1") +
                    XmlAttribute("errors", "0") + ">\n    <testcase" +
                    XmlAttribute("classname", "seccomp-lint") + XmlAttribute("name", path) +
                    XmlAttribute("file", path) + ">\n";
  for (const engine::Report& report : file.reports) out += Failure(report, path, positions);
  return {out + "    </testcase>\n  </testsuite>\n", "", ""};
}

std::string End(const Tally&, const Piece&, const FormatOptions&) { return "</testsuites>\n"; }

}  // namespace

const Format kJunit = {"junit", "", &Begin, &PieceOf, &End};

}  // namespace lint::report
