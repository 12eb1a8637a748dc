#include "lint/merge/excuse.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "lint/engine/engine.h"
#include "schema/json/reader.h"
#include "schema/profile/parser.h"
#include "schema/profile/write.h"

namespace lint::merge {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::kernel::Target;
using schema::profile::Profile;
using schema::profile::Rule;

constexpr std::string_view kIgnore = "seccomp-lint: ignore ";
constexpr std::string_view kBeforeReason = " -- ";
constexpr std::string_view kReason = " -- as recorded or merged";

// Which rule of the profile `span` lies in, and which of its names; no name: elsewhere in it.
struct Place {
  std::size_t rule = 0;
  std::optional<std::size_t> name;
};

bool Contains(schema::Span outer, schema::Span inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

std::optional<Place> PlaceOf(const Profile& profile, schema::Span span) {
  for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
    const Rule& rule = profile.syscalls[i];
    if (!Contains(rule.span, span)) continue;
    for (std::size_t name = 0; name < rule.names.size(); ++name) {
      if (Contains(rule.names[name].span, span)) return Place{i, name};
    }
    return Place{i, std::nullopt};
  }
  return std::nullopt;
}

// A comment counts from its beginning: "seccomp-lint: ignore SL304 -- as recorded or merged: TEXT".
void AddComment(Rule& rule, const std::string& id) {
  std::string text = rule.comment ? rule.comment->value : "";
  if (text.starts_with(kIgnore)) {  // ours, or one of the profile's own
    text.insert(std::min(text.find(kBeforeReason), text.size()), ", " + id);
  } else {
    text = std::string(kIgnore) + id + std::string(kReason) + (text.empty() ? "" : ": " + text);
  }
  rule.comment = {std::move(text), {}};
}

// All of a rule but its names.
std::string WithoutNames(Rule rule) {
  rule.name.reset();
  rule.names.clear();
  Profile profile;
  profile.syscalls.push_back(std::move(rule));
  return schema::profile::ToJson(profile);
}

void ExcuseAt(Profile& profile, const Place& place, const std::string& id) {
  Rule& rule = profile.syscalls[place.rule];
  if (!place.name || rule.names.size() == 1) {
    AddComment(rule, id);
    return;
  }
  Rule alone = rule;
  alone.names = {rule.names[*place.name]};
  rule.names.erase(rule.names.begin() + static_cast<std::ptrdiff_t>(*place.name));
  AddComment(alone, id);
  const std::string kind = WithoutNames(alone);
  for (Rule& other : profile.syscalls) {
    if (WithoutNames(other) != kind) continue;
    const auto less = [](const auto& a, const auto& b) { return a.value < b.value; };
    other.names.insert(std::ranges::lower_bound(other.names, alone.names.front(), less),
                       alone.names.front());
    return;
  }
  profile.syscalls.push_back(std::move(alone));
}

constexpr std::size_t kMostPasses = 1000;

engine::FileReport Lint(const std::string& name, std::string text,
                        std::span<const Target> targets) {
  return engine::Check(name, std::move(text), {{targets.begin(), targets.end()}, {}});
}

std::string Text(const engine::Report& finding) {
  return std::string(finding.rule->id) + ": " + finding.message;
}

}  // namespace

std::set<std::string> Findings(const std::string& name, std::string_view text,
                               std::span<const Target> targets) {
  std::set<std::string> findings;
  for (const auto& finding : Lint(name, std::string(text), targets).reports) {
    findings.insert(Text(finding));
  }
  return findings;
}

Result<std::vector<std::string>> Excuse(Profile& profile, std::span<const Target> targets,
                                        const std::set<std::string>& known) {
  std::vector<std::string> told;
  std::set<std::string_view> told_rules;
  for (std::size_t pass = 0;; ++pass) {
    if (pass == kMostPasses) {
      return Error{ErrorCode::kLimit, "the profile has too many findings to excuse each", 0};
    }
    const auto report = Lint("the profile", schema::profile::ToJson(profile), targets);
    const auto placed = schema::profile::Parse(report.document).profile;
    // One at a time: each may move a name.
    std::optional<Place> place;
    const rules::Rule* excused = nullptr;
    for (const auto& finding : report.reports) {
      const std::string text = Text(finding);
      if (known.contains(text)) continue;
      if (finding.severity == rules::Severity::kError) {
        return Error{ErrorCode::kInvalid, "the profile would be wrong: " + text, 0};
      }
      // A later pass finds the same with fewer names.
      const bool is_new = pass == 0 || !told_rules.contains(finding.rule->id);
      if (is_new && std::ranges::find(told, text) == told.end()) told.push_back(text);
      if (!place) {
        place = PlaceOf(*placed, finding.span);
        if (place) excused = finding.rule;
      }
    }
    for (const auto& finding : report.reports) told_rules.insert(finding.rule->id);
    if (place) ExcuseAt(profile, *place, std::string(excused->id));
    if (!place) return told;
  }
}

void TakeOutExcuses(Profile& profile) {
  for (Rule& rule : profile.syscalls) {
    if (!rule.comment || !rule.comment->value.starts_with(kIgnore)) continue;
    const std::string& text = rule.comment->value;
    const std::size_t reason = text.find(kReason);
    if (reason == std::string::npos) continue;
    std::string rest = text.substr(reason + kReason.size());
    if (rest.starts_with(": ")) {
      rule.comment->value = rest.substr(2);
    } else {
      rule.comment.reset();
    }
  }
}

}  // namespace lint::merge
