#include "lint/engine/suppression.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "lint/engine/engine.h"
#include "schema/kernel/suggestion.h"

namespace lint::engine {
namespace {

using schema::profile::Profile;

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
  const std::string_view written = text.substr(comment.begin, comment.end - comment.begin);
  const std::size_t at = written.find(word, std::min(written.find(kTool), written.size()));
  if (at == std::string_view::npos) return comment;
  return {comment.begin + at, comment.begin + at + word.size()};
}

// All ids are near each other: a name alone can be misspelt.
std::string DidYouMeanRule(std::string_view name) {
  std::vector<std::string_view> known;
  for (const rules::Rule* rule : rules::AllRules()) known.push_back(rule->name);
  return schema::kernel::DidYouMean(name, known);
}

// Whether nothing but white space and the dashes of lists stands there.
bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n-") == std::string_view::npos;
}

// Of each comment of YAML the rule that it stands in, ends or precedes, with other comments between
// them or not. `rules`: in order of their places.
std::vector<std::optional<schema::Span>> RulesAt(const std::vector<schema::Span>& comments,
                                                 const std::vector<schema::Span>& rules,
                                                 std::string_view text) {
  std::vector<std::optional<schema::Span>> found(comments.size());
  const auto between = [&](std::size_t from, std::size_t to) {
    return text.substr(from, to < from ? 0 : to - from);
  };
  for (std::size_t i = comments.size(); i-- > 0;) {
    const schema::Span comment = comments[i];
    const auto next = std::ranges::upper_bound(rules, comment.begin, {}, &schema::Span::begin);
    if (next != rules.begin()) {
      const schema::Span before = *(next - 1);
      const bool ends_it = between(before.end, comment.begin).find('\n') == std::string_view::npos;
      if (comment.end <= before.end || ends_it) {
        found[i] = before;
        continue;
      }
    }
    if (next == rules.end()) continue;
    const bool is_last = i + 1 == comments.size() || comments[i + 1].begin > next->begin;
    const std::size_t end = is_last ? next->begin : comments[i + 1].begin;
    if (!IsBlank(between(comment.end, end))) continue;
    found[i] = is_last ? std::optional(*next) : found[i + 1];
  }
  return found;
}

}  // namespace

Suppressions::Suppressions(const std::vector<const Profile*>& profiles,
                           const schema::json::Document& document) {
  std::vector<schema::Span> rules;
  for (const Profile* profile : profiles) {
    for (const schema::profile::Rule& rule : profile->syscalls) {
      if (rule.comment) Read(rule.comment->value, rule.comment->span, rule.span);
      rules.push_back(rule.span);
    }
  }
  // An alias repeats a rule that stands before.
  std::ranges::sort(rules, {}, &schema::Span::begin);
  const auto stands_at = RulesAt(document.comments, rules, document.text);
  for (std::size_t i = 0; i < stands_at.size(); ++i) {
    const schema::Span comment = document.comments[i];
    const std::string_view text =
        std::string_view(document.text).substr(comment.begin, comment.end - comment.begin);
    if (text.find(kTool) == std::string_view::npos && !LooksMeant(text)) continue;
    if (stands_at[i]) {
      Read(text, comment, *stands_at[i]);
    } else {
      notes_.push_back({comment, "this suppresses nothing: it stands at no rule of a profile"});
    }
  }
}

void Suppressions::Read(std::string_view comment, schema::Span place, schema::Span rule) {
  const std::size_t mark = comment.find(kTool);
  const auto refuse = [&](const std::string& why) {
    notes_.push_back({place, "this suppresses nothing" + why + ": write " + std::string(kForm)});
  };
  if (mark == std::string_view::npos) {
    if (LooksMeant(comment)) refuse("");
    return;
  }
  const std::string_view words = Trimmed(comment.substr(mark + kTool.size()));
  const std::size_t separator = words.find(kReason);
  const std::string_view reason =
      separator == std::string_view::npos ? "" : Trimmed(words.substr(separator + kReason.size()));
  const std::string_view head = words.substr(0, separator);
  const auto names = NamesIn(head.substr(std::min(head.size(), kIgnore.size())));
  if (!words.starts_with(kIgnore) || names.empty()) {
    refuse("");
  } else if (reason.empty()) {
    refuse(" without a reason");
  } else {
    for (const std::string_view name : names) {
      suppressions_.push_back({rule, place, name, rules::FindRule(name), reason});
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
