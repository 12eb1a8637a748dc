#include "lint/lsp/document.h"

#include <boost/json/object.hpp>
#include <utility>

#include "lint/engine/fix_text.h"
#include "lint/engine/profile_file.h"
#include "lint/lsp/json_access.h"
#include "lint/lsp/place.h"

namespace lint::lsp {
namespace {

boost::json::object PositionValue(LinePosition position) {
  return {{"line", position.line}, {"character", position.character}};
}

schema::Error Invalid(std::string message) {
  return {schema::ErrorCode::kInvalid, std::move(message), 0};
}

}  // namespace

bool IsYaml(const Document& document) { return document.language == "yaml"; }

bool IsProfile(const Document& document) {
  if (document.language == "seccomp") return true;
  if (IsYaml(document)) {
    return document.text.find("SeccompProfile") != std::string::npos &&
           document.text.find("security-profiles-operator.x-k8s.io") != std::string::npos;
  }
  if (document.language != "json" && document.language != "jsonc") return false;
  return HasRootKey(document.text, "defaultAction", "syscalls");
}

boost::json::value RangeValue(const LineIndex& index, schema::Span span) {
  return boost::json::object{{"start", PositionValue(index.At(span.begin))},
                             {"end", PositionValue(index.At(span.end))}};
}

std::optional<LinePosition> ReadPosition(const boost::json::value& value) {
  const auto line = UnsignedAt(value, {"line"});
  const auto character = UnsignedAt(value, {"character"});
  if (!line || !character) return std::nullopt;
  return LinePosition{*line, *character};
}

schema::Status ApplyChange(const boost::json::value& change, PositionEncoding encoding,
                           std::string& text) {
  auto replacement = StringAt(change, {"text"});
  if (!replacement) return Invalid("a change has no text");
  const boost::json::value* range = Find(change, {"range"});
  if (range == nullptr) {
    text = std::move(*replacement);
    return {};
  }
  const boost::json::value* start = Find(*range, {"start"});
  const boost::json::value* end = Find(*range, {"end"});
  const auto from = start == nullptr ? std::nullopt : ReadPosition(*start);
  const auto to = end == nullptr ? std::nullopt : ReadPosition(*end);
  if (!from || !to) return Invalid("a change's range has no start and end");
  const LineIndex index(text, encoding);
  const std::size_t begin = index.OffsetOf(*from);
  const std::size_t stop = index.OffsetOf(*to);
  if (stop < begin) return Invalid("a change's range ends before it starts");
  text.replace(begin, stop - begin, *replacement);
  return {};
}

schema::Result<Analysis> Analyse(const Document& document, const SettingsSource& source,
                                 const std::vector<std::string>& targets) {
  auto settings = source(document.path, targets);
  if (!settings) return std::move(settings).error();
  const std::string name = document.path == "-" ? document.uri : document.path;
  Analysis analysis{std::move(*settings), {}, std::nullopt, std::nullopt};
  analysis.report = engine::Check(name, document.text, analysis.settings.options);
  analysis.settings.accept(analysis.report);
  engine::Options& options = analysis.settings.options;
  options.targets = TargetsOf(analysis.report, options);
  auto file = engine::ReadProfileFile(name, document.text, options.all_forms);
  if (file.profiles.size() == 1) analysis.profile = std::move(file.profiles.front().parsed.profile);
  return analysis;
}

const std::string& FixedText(const Document& document, Analysis& analysis) {
  if (!analysis.fixed) {
    engine::FixOptions options;
    options.accept = analysis.settings.accept;
    auto fixed =
        engine::FixText(analysis.report.path, document.text, analysis.settings.options, options);
    analysis.fixed = std::move(fixed.report.document.text);
  }
  return *analysis.fixed;
}

}  // namespace lint::lsp
