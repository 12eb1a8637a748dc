#include "lint/report/sarif.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "lint/engine/fingerprint.h"
#include "lint/report/printable.h"
#include "lint/report/relative_path.h"
#include "schema/json/document.h"
#include "schema/json/encoding.h"
#include "schema/span.h"

namespace lint::report {
namespace {

using boost::json::array;
using boost::json::object;
using rules::Severity;

constexpr const char* kRoot = "%SRCROOT%";

std::string_view Level(Severity severity) {
  return severity == Severity::kInfo ? "note" : rules::SeverityName(severity);
}

object Message(std::string_view text) { return {{"text", text}}; }

// One file, of which places are told.
struct Artifact {
  schema::Positions positions;
  object location;

  Artifact(const engine::FileReport& file, const FormatOptions& options)
      : positions(file.document.text) {
    const std::string path = RelativePath(file.path, options.working_directory);
    if (path.starts_with('/')) {
      location = {{"uri", "file://" + PercentEncoded(path)}};
    } else {
      location = {{"uri", PercentEncoded(path)}, {"uriBaseId", kRoot}};
    }
  }

  object Region(schema::Span span) const {
    const auto begin = positions.At(span.begin);
    const auto end = positions.At(span.end);
    return {{"startLine", begin.line},
            {"startColumn", begin.column},
            {"endLine", end.line},
            {"endColumn", end.column}};
  }

  object Physical(schema::Span span) const {
    return {{"artifactLocation", location}, {"region", Region(span)}};
  }

  object Location(const schema::Related& related) const {
    return {{"physicalLocation", Physical(related.span)},
            {"message", Message(Printable(related.message))}};
  }
};

object Fix(const Artifact& artifact, const rules::Fix& fix) {
  array replacements;
  for (const rules::Edit& edit : fix.edits) {
    replacements.push_back(object{{"deletedRegion", artifact.Region(edit.span)},
                                  {"insertedContent", Message(edit.text)}});
  }
  return {{"description", Message(Printable(fix.summary))},
          {"artifactChanges", array{object{{"artifactLocation", artifact.location},
                                           {"replacements", std::move(replacements)}}}},
          {"properties", {{"safe", fix.safe}}}};
}

// A text that is not UTF-8 cannot stand in JSON.
bool CanBeWritten(const rules::Fix& fix) {
  for (const rules::Edit& edit : fix.edits) {
    if (!schema::json::InvalidUtf8(edit.text).empty()) return false;
  }
  return !fix.edits.empty();
}

object Suppression(const engine::Acceptance& accepted) {
  if (accepted.by_baseline) return {{"kind", "external"}, {"status", "accepted"}};
  return {
      {"kind", "inSource"}, {"status", "accepted"}, {"justification", Printable(accepted.reason)}};
}

object Result(const engine::FileReport& file, const Artifact& artifact,
              const engine::Report& report, std::span<const schema::kernel::Target> targets,
              engine::Fingerprints& fingerprints) {
  std::string text = Printable(report.message);
  if (!report.help.empty()) text += "\nhelp: " + Printable(report.help);
  const std::string pointer = Printable(schema::json::PointerTo(file.document, report.span));
  object location = {
      {"physicalLocation", artifact.Physical(report.span)},
      {"logicalLocations", array{object{{"fullyQualifiedName", pointer}, {"kind", "member"}}}}};
  array target_names;
  for (const std::size_t index : report.targets) {
    target_names.emplace_back(ToString(targets[index]));
  }
  object result = {{"ruleId", report.rule->id},
                   {"level", Level(report.severity)},
                   {"message", Message(text)},
                   {"locations", array{std::move(location)}},
                   {"partialFingerprints", {{"seccompLint/v1", fingerprints.Next(report)}}},
                   {"properties", {{"targets", std::move(target_names)}}}};
  if (!report.related.empty()) {
    array related;
    for (const schema::Related& item : report.related) {
      related.push_back(artifact.Location(item));
    }
    result["relatedLocations"] = std::move(related);
  }
  if (report.fix && CanBeWritten(*report.fix)) result["fixes"] = array{Fix(artifact, *report.fix)};
  if (report.accepted) result["suppressions"] = array{Suppression(*report.accepted)};
  return result;
}

object Notification(const Artifact& artifact, const schema::Related& note) {
  return {{"level", "warning"},
          {"message", Message(Printable(note.message))},
          {"locations", array{object{{"physicalLocation", artifact.Physical(note.span)}}}}};
}

object Descriptor(const rules::Rule& rule) {
  const std::string why(rule.why);
  const std::string source(rule.source);
  const auto example = [](const char* title, std::string_view text) {
    return "\n\n" + std::string(title) + "\n\n```json\n" + std::string(text) + "\n```";
  };
  return {
      {"id", rule.id},
      {"name", rule.name},
      {"shortDescription", Message(rule.summary)},
      {"fullDescription", Message(rule.why)},
      {"help",
       {{"text", why + "\n\nSource: " + source},
        {"markdown",
         why + example("Bad:", rule.bad) + example("Good:", rule.good) + "\n\nSource: " + source}}},
      {"defaultConfiguration", {{"level", Level(rule.severity)}, {"enabled", rule.on_by_default}}},
      {"properties", {{"tags", array{"security", "seccomp"}}}}};
}

void Append(std::string& list, const object& item) {
  if (!list.empty()) list += ",";
  list += boost::json::serialize(item);
}

std::string Begin(const FormatOptions&) {
  return R"({"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/)"
         R"(sarif-schema-2.1.0.json","version":"2.1.0","runs":[{"results":[)";
}

Piece PieceOf(const engine::FileReport& file, std::span<const schema::kernel::Target> targets,
              const FormatOptions& options) {
  const Artifact artifact(file, options);
  engine::Fingerprints fingerprints(file.document);
  Piece piece;
  for (const auto* reports : {&file.reports, &file.suppressed}) {
    for (const engine::Report& report : *reports) {
      Append(piece.findings, Result(file, artifact, report, targets, fingerprints));
    }
  }
  for (const schema::Related& note : file.notes) {
    Append(piece.notes, Notification(artifact, note));
  }
  return piece;
}

std::string End(const Tally& tally, const Piece& kept, const FormatOptions& options) {
  array rules;
  for (const auto& [id, counts] : tally.rules) rules.push_back(Descriptor(*counts.rule));
  const object tool = {{"driver",
                        {{"name", "seccomp-lint"},
                         {"version", options.tool_version},
                         {"semanticVersion", options.tool_version},
                         {"rules", std::move(rules)}}}};
  const object bases = {
      {kRoot, {{"description", Message("The folder that seccomp-lint was run in.")}}}};
  const std::string success = tally.unreadable == 0 ? "true" : "false";
  return R"(],"columnKind":"unicodeCodePoints","tool":)" + boost::json::serialize(tool) +
         R"(,"originalUriBaseIds":)" + boost::json::serialize(bases) +
         R"(,"invocations":[{"executionSuccessful":)" + success +
         R"(,"toolConfigurationNotifications":[)" + kept.notes + "]}]}]}\n";
}

}  // namespace

const Format kSarif = {"sarif", ",", &Begin, &PieceOf, &End};

}  // namespace lint::report
