#include "lint/engine/suppression.h"

#include <algorithm>

namespace lint::engine {
namespace {

constexpr std::string_view kMark = "seccomp-lint: ignore ";
constexpr std::string_view kReason = " -- ";

// The ids that the comment names; none without a reason.
std::vector<std::string_view> IdsOf(std::string_view comment) {
  const std::size_t mark = comment.find(kMark);
  if (mark == std::string_view::npos) return {};
  std::string_view words = comment.substr(mark + kMark.size());
  const std::size_t reason = words.find(kReason);
  const bool has_reason =
      reason != std::string_view::npos &&
      words.find_first_not_of(' ', reason + kReason.size()) != std::string_view::npos;
  if (!has_reason) return {};
  words = words.substr(0, reason);
  std::vector<std::string_view> ids;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(", "), words.size());
    if (end != 0) ids.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return ids;
}

}  // namespace

Suppressions::Suppressions(const schema::profile::Profile* profile) {
  if (profile == nullptr) return;
  for (const schema::profile::Rule& rule : profile->syscalls) {
    if (!rule.comment) continue;
    for (const std::string_view id : IdsOf(rule.comment->value)) {
      suppressions_.push_back({rule.span, id});
    }
  }
}

bool Suppressions::Cover(std::string_view id, schema::Span span) const {
  return std::ranges::any_of(suppressions_, [&](const Suppression& suppression) {
    return suppression.id == id && suppression.rule.begin <= span.begin &&
           span.end <= suppression.rule.end;
  });
}

}  // namespace lint::engine
