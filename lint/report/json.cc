#include "lint/report/json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "lint/report/printable.h"
#include "schema/json/document.h"
#include "schema/json/encoding.h"
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
    if (!schema::json::InvalidUtf8(edit.text).empty()) return nullptr;
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

// Serialised and separated by commas.
void Append(std::string& list, const object& item) {
  if (!list.empty()) list += ",";
  list += boost::json::serialize(item);
}

std::string Begin(const FormatOptions& options) {
  const object tool = {{"name", "seccomp-lint"}, {"version", options.tool_version}};
  return R"({"version":1,"tool":)" + boost::json::serialize(tool) + R"(,"findings":[)";
}

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
              const FormatOptions&) {
  const schema::Positions positions(file.document.text);
  Piece piece;
  for (const engine::Report& report : file.reports) {
    Append(piece.findings, FindingObject(file, positions, report, targets));
  }
  for (const engine::Report& report : file.suppressed) {
    object finding = FindingObject(file, positions, report, targets);
    finding["suppressed"] = {{"by", report.accepted->by_baseline ? "baseline" : "comment"},
                             {"reason", Printable(report.accepted->reason)}};
    Append(piece.suppressed, finding);
  }
  for (const schema::Related& note : file.notes) {
    Append(piece.notes, RelatedObject(file, positions, note));
  }
  return piece;
}

std::string End(const Tally& tally, const Piece& kept, const FormatOptions&) {
  const object summary = {{"files", tally.files},
                          {"errors", tally.Count(Severity::kError)},
                          {"warnings", tally.Count(Severity::kWarning)},
                          {"infos", tally.Count(Severity::kInfo)}};
  return R"(],"suppressed":[)" + kept.suppressed + R"(],"notes":[)" + kept.notes +
         R"(],"summary":)" + boost::json::serialize(summary) + "}\n";
}

}  // namespace

const Format kJson = {"json", ",", &Begin, &PieceOf, &End};

std::string Json(std::span<const engine::FileReport> files,
                 std::span<const schema::kernel::Target> targets, std::string_view tool_version) {
  return Render(kJson, files, targets, {std::string(tool_version), "/"});
}

}  // namespace lint::report
