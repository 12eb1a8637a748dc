#include "lint/lsp/hover.h"

#include <string>

#include "lint/lsp/place.h"

namespace lint::lsp {
namespace {

std::optional<WordFacts> KeyFacts(std::string_view object, std::string_view word) {
  for (const FormatKey& key : KeysOf(object)) {
    if (key.key == word) return WordFacts{std::string(word), {std::string(key.meaning)}};
  }
  return std::nullopt;
}

std::optional<WordFacts> FactsAt(const Place& place, std::string_view word,
                                 const Analysis* analysis) {
  if (place.role == Place::Role::kKey) return KeyFacts(place.path, word);
  const auto vocabulary = VocabularyOf(place.path);
  if (place.role != Place::Role::kValue || !vocabulary) return std::nullopt;
  if (*vocabulary == Vocabulary::kSyscall) return SyscallFacts(word, analysis);
  return FactsOf(*vocabulary, word);
}

}  // namespace

std::optional<Hover> HoverAt(std::string_view text, std::size_t offset, const Analysis* analysis) {
  if (offset < text.size() && text[offset] == '"') {
    // On a quote: the word that it opens, or the one that it closes.
    const auto inside = FindPlace(text, offset + 1);
    if (inside && inside->quoted && inside->word.begin == offset + 1) ++offset;
  }
  const auto place = FindPlace(text, offset);
  if (!place || place->word.begin == place->word.end) return std::nullopt;
  const std::string_view word = text.substr(place->word.begin, place->word.end - place->word.begin);
  auto facts = FactsAt(*place, word, analysis);
  if (!facts) return std::nullopt;
  return Hover{place->word, std::move(*facts)};
}

}  // namespace lint::lsp
