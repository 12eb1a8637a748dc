#include "lint/report/checkstyle.h"

#include <string>

#include "lint/report/relative_path.h"
#include "lint/report/xml.h"
#include "schema/span.h"

namespace lint::report {
namespace {

std::string Begin(const FormatOptions&) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n";
}

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target>,
              const FormatOptions& options) {
  const schema::Positions positions(file.document.text);
  std::string out =
      "  <file" + XmlAttribute("name", RelativePath(file.path, options.working_directory)) + ">\n";
  for (const engine::Report& report : file.reports) {
    const auto place = positions.At(report.span.begin);
    out += "    <error" + XmlAttribute("line", std::to_string(place.line)) +
           XmlAttribute("column", std::to_string(place.column)) +
           XmlAttribute("severity", rules::SeverityName(report.severity)) +
           XmlAttribute("message",
                        report.message + (report.help.empty() ? "" : " (" + report.help + ")")) +
           XmlAttribute("source", "seccomp-lint." + std::string(report.rule->id) + "." +
                                      std::string(report.rule->name)) +
           "/>\n";
  }
  return {out + "  </file>\n", "", ""};
}

std::string End(const Tally&, const Piece&, const FormatOptions&) { return "</checkstyle>\n"; }

}  // namespace

const Format kCheckstyle = {"checkstyle", "", &Begin, &PieceOf, &End};

}  // namespace lint::report
