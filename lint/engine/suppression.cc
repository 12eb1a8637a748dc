#include "lint/engine/suppression.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "lint/engine/engine.h"
#include "schema/kernel/suggestion.h"

namespace lint::engine {
namespace {

constexpr std::string_view kTool = "seccomp-lint:";
constexpr std::string_view kIgnore = "ignore ";
constexpr std::string_view kReason = " -- ";
constexpr std::string_view kForm = "\"seccomp-lint: ignore SL304 -- the reason\"";

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// "SL304, SL602" -> both.
std::vector<std::string_view> NamesIn(std::string_view words) {
  std::vector<std::string_view> names;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(", "), words.size());
    if (end != 0) names.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return names;
}

// A comment that was to be a suppression: "Seccomp-Lint: ignore", "seccomp-lint ignore".
bool LooksMeant(std::string_view comment) {
  std::string lower(comment);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t tool = lower.find("seccomp-lint");
  return tool != std::string::npos && lower.find("ignore", tool) != std::string::npos;
}

// Where `word` stands in the comment; all of the comment where it is written with escapes.
schema::Span PlaceOf(std::string_view word, std::string_view text, schema::Span comment) {
  const std::size_t mark = text.find(kTool, comment.begin);
  const std::size_t at = text.find(word, std::min(mark, text.size()));
  if (at == std::string_view::npos || at + word.size() > comment.end) return comment;
  return {at, at + word.size()};
}

// All ids are near each other: a name alone can be misspelt.
std::string DidYouMeanRule(std::string_view name) {
  std::vector<std::string_view> known;
  for (const rules::Rule* rule : rules::AllRules()) known.push_back(rule->name);
  return schema::kernel::DidYouMean(name, known);
}

}  // namespace

Suppressions::Suppressions(const schema::profile::Profile* profile) {
  if (profile == nullptr) return;
  for (const schema::profile::Rule& rule : profile->syscalls) {
    if (!rule.comment) continue;
    const std::string_view comment = rule.comment->value;
    const std::size_t mark = comment.find(kTool);
    if (mark == std::string_view::npos) {
      if (!LooksMeant(comment)) continue;
      notes_.push_back(
          {rule.comment->span, "this suppresses nothing: write " + std::string(kForm)});
      continue;
    }
    const std::string_view words = Trimmed(comment.substr(mark + kTool.size()));
    const std::size_t separator = words.find(kReason);
    const std::string_view reason = separator == std::string_view::npos
                                        ? ""
                                        : Trimmed(words.substr(separator + kReason.size()));
    const std::string_view head = words.substr(0, separator);
    const auto names = NamesIn(head.substr(std::min(head.size(), kIgnore.size())));
    if (!words.starts_with(kIgnore) || names.empty()) {
      notes_.push_back(
          {rule.comment->span, "this suppresses nothing: write " + std::string(kForm)});
    } else if (reason.empty()) {
      notes_.push_back({rule.comment->span,
                        "this suppresses nothing without a reason: write " + std::string(kForm)});
    } else {
      for (const std::string_view name : names) {
        suppressions_.push_back(
            {rule.span, rule.comment->span, name, rules::FindRule(name), reason});
      }
    }
  }
}

std::optional<std::string_view> Suppressions::ReasonFor(const rules::Rule& rule,
                                                        schema::Span span) {
  for (Suppression& suppression : suppressions_) {
    if (suppression.ignored == &rule && suppression.rule.begin <= span.begin &&
        span.end <= suppression.rule.end) {
      suppression.used = true;
      return suppression.reason;
    }
  }
  return std::nullopt;
}

std::vector<schema::Related> Suppressions::Notes(std::string_view text,
                                                 const Selection& ran) const {
  std::vector<schema::Related> notes;
  for (const schema::Related& note : notes_) {
    notes.push_back({PlaceOf(kTool, text, note.span), note.message});
  }
  for (const Suppression& suppression : suppressions_) {
    const schema::Span place = PlaceOf(suppression.name, text, suppression.comment);
    const std::string name(suppression.name);
    if (suppression.ignored == nullptr) {
      notes.push_back({place, "no rule is called \"" + name + "\"" + DidYouMeanRule(name)});
    } else if (!suppression.used && ran.Runs(*suppression.ignored)) {
      notes.push_back({place, name + " finds nothing here that this would suppress"});
    }
  }
  std::ranges::stable_sort(notes, {}, [](const schema::Related& note) { return note.span.begin; });
  return notes;
}

}  // namespace lint::engine
