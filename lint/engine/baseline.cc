#include "lint/engine/baseline.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/engine/fingerprint.h"
#include "lint/engine/placed_error.h"
#include "schema/json/reader.h"

namespace lint::engine {
namespace {

using schema::json::Kind;
using schema::json::Value;

// A finding is six values in a hundred bytes or more.
constexpr schema::json::Bounds kBounds{Baseline::kMaxBytes, 5'000'000};

const Value* Find(const Value& object, std::string_view key, Kind kind) {
  const auto member = std::ranges::find_if(
      object.members, [&](const schema::json::Member& some) { return some.key.value == key; });
  return member != object.members.end() && member->value.kind == kind ? &member->value : nullptr;
}

void Suppress(FileReport& file, Report report) {
  report.accepted = Acceptance{true, ""};
  file.suppressed.push_back(std::move(report));
}

void SortByPlace(std::vector<Report>& reports) {
  std::ranges::stable_sort(reports, {}, [](const Report& report) {
    return std::tuple(report.span.begin, report.rule->id);
  });
}

}  // namespace

schema::Result<Baseline> Baseline::Parse(const std::string& path, std::string text) {
  const schema::json::ReadResult json = schema::json::Read(std::move(text), kBounds);
  const auto wrong = [&](schema::Span span, const std::string& message) {
    return PlacedError(path, json.document.text, span, message);
  };
  if (!json.problems.empty()) {
    return wrong(json.problems.front().span, json.problems.front().message);
  }
  const Value& root = json.document.root;
  const Value* version = Find(root, "version", Kind::kNumber);
  if (version == nullptr || version->AsUnsigned() != 1) {
    return wrong(root.span, "this is no baseline of version 1: --write-baseline makes one");
  }
  const Value* findings = Find(root, "findings", Kind::kArray);
  if (findings == nullptr) return wrong(root.span, "the array \"findings\" is missing");
  Baseline baseline;
  for (const Value& item : findings->items) {
    const Value* file = Find(item, "file", Kind::kString);
    const Value* rule = Find(item, "rule", Kind::kString);
    const Value* fingerprint = Find(item, "fingerprint", Kind::kString);
    const Value* count = Find(item, "count", Kind::kNumber);
    if (file == nullptr || rule == nullptr || fingerprint == nullptr || count == nullptr ||
        !count->AsUnsigned()) {
      return wrong(item.span, "a finding has \"file\", \"rule\", \"fingerprint\" and \"count\"");
    }
    const Value* message = Find(item, "message", Kind::kString);
    Known& known = baseline.files_[file->text][{rule->text, fingerprint->text}];
    known.count += *count->AsUnsigned();
    if (message != nullptr) known.message = message->text;
  }
  return baseline;
}

std::size_t Baseline::Accept(const std::string& name, const Selection& ran,
                             FileReport& file) const {
  const auto place = files_.find(name);
  if (place == files_.end()) return 0;
  Findings left = place->second;
  std::vector<Report> fresh;
  for (Report& report : file.reports) {
    const auto known =
        left.find({std::string(report.rule->id), Fingerprint(file.document, report)});
    if (known != left.end() && known->second.count != 0) {
      --known->second.count;
      Suppress(file, std::move(report));
    } else {
      fresh.push_back(std::move(report));
    }
  }
  file.reports = std::move(fresh);
  SortByPlace(file.suppressed);
  std::size_t stale = 0;
  for (const auto& [key, known] : left) {
    const rules::Rule* rule = rules::FindRule(std::get<0>(key));
    if (rule == nullptr || ran.Runs(*rule)) stale += known.count;
  }
  return stale;
}

Baseline::Findings Baseline::TakeAll(FileReport& file) {
  Findings findings;
  for (Report& report : file.reports) {
    Known& known = findings[{std::string(report.rule->id), Fingerprint(file.document, report)}];
    ++known.count;
    known.message = report.message;
    Suppress(file, std::move(report));
  }
  file.reports.clear();
  SortByPlace(file.suppressed);
  return findings;
}

}  // namespace lint::engine
