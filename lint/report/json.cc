#include "lint/report/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "lint/report/printable.h"
#include "schema/json/document.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using boost::json::array;
using boost::json::object;
using rules::Severity;

object RelatedObject(const engine::FileReport& file, const schema::Positions& positions,
                     const schema::Related& related) {
  const auto place = positions.At(related.span.begin);
  return {{"file", Printable(file.path)},
          {"line", place.line},
          {"column", place.column},
          {"message", Printable(related.message)}};
}

boost::json::value FixValue(const schema::Positions& positions,
                            const std::optional<rules::Fix>& fix) {
  if (!fix) return nullptr;
  array edits;
  for (const rules::Edit& edit : fix->edits) {
    const auto begin = positions.At(edit.span.begin);
    const auto end = positions.At(edit.span.end);
    edits.push_back(object{{"line", begin.line},
                           {"column", begin.column},
                           {"endLine", end.line},
                           {"endColumn", end.column},
                           {"text", edit.text}});
  }
  return object{{"safe", fix->safe}, {"summary", fix->summary}, {"edits", std::move(edits)}};
}

object FindingObject(const engine::FileReport& file, const schema::Positions& positions,
                     const engine::Report& report,
                     std::span<const schema::kernel::Target> targets) {
  const auto begin = positions.At(report.span.begin);
  const auto end = positions.At(report.span.end);
  array target_names;
  for (const std::size_t index : report.targets)
    target_names.emplace_back(ToString(targets[index]));
  array related;
  for (const schema::Related& item : report.related)
    related.push_back(RelatedObject(file, positions, item));
  return {{"rule", report.rule->id},
          {"name", report.rule->name},
          {"severity", rules::SeverityName(report.severity)},
          {"file", Printable(file.path)},
          {"line", begin.line},
          {"column", begin.column},
          {"endLine", end.line},
          {"endColumn", end.column},
          {"pointer", Printable(schema::json::PointerTo(file.document, report.span))},
          {"message", Printable(report.message)},
          {"help", Printable(report.help)},
          {"targets", std::move(target_names)},
          {"related", std::move(related)},
          {"fix", FixValue(positions, report.fix)}};
}

}  // namespace

std::string Json(std::span<const engine::FileReport> files,
                 std::span<const schema::kernel::Target> targets, std::string_view tool_version) {
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t infos = 0;
  array findings;
  for (const engine::FileReport& file : files) {
    errors += engine::Count(file, Severity::kError);
    warnings += engine::Count(file, Severity::kWarning);
    infos += engine::Count(file, Severity::kInfo);
    const schema::Positions positions(file.document.text);
    for (const engine::Report& report : file.reports) {
      findings.push_back(FindingObject(file, positions, report, targets));
    }
  }
  const object document = {
      {"version", 1},
      {"tool", {{"name", "seccomp-lint"}, {"version", tool_version}}},
      {"summary",
       {{"files", files.size()}, {"errors", errors}, {"warnings", warnings}, {"infos", infos}}},
      {"findings", std::move(findings)}};
  return boost::json::serialize(document) + "\n";
}

}  // namespace lint::report
