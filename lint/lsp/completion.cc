#include "lint/lsp/completion.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lint/lsp/document.h"
#include "lint/lsp/place.h"
#include "lint/lsp/vocabulary.h"
#include "lint/report/syscall_text.h"
#include "schema/kernel/syscall.h"

namespace lint::lsp {
namespace {

using boost::json::array;
using boost::json::object;
using schema::kernel::Architecture;

// Source: LSP 3.17, "CompletionItemKind".
enum class ItemKind { kFunction = 3, kProperty = 10, kEnumMember = 20 };

struct Item {
  std::string label;
  std::string detail;
};

ItemKind KindOf(const Place& place) {
  if (place.role == Place::Role::kKey) return ItemKind::kProperty;
  return VocabularyOf(place.path) == Vocabulary::kSyscall ? ItemKind::kFunction
                                                          : ItemKind::kEnumMember;
}

std::vector<Item> Keys(std::string_view object_path) {
  std::vector<Item> items;
  for (const FormatKey& key : KeysOf(object_path)) {
    items.push_back({std::string(key.key), std::string(key.meaning)});
  }
  return items;
}

std::vector<Item> Syscalls(std::span<const Architecture> architectures) {
  std::vector<Item> items;
  for (const auto& syscall : schema::kernel::Syscalls()) {
    const bool is_there =
        architectures.empty() || std::ranges::any_of(architectures, [&](Architecture one) {
          return schema::kernel::FindEntry(one, syscall) != nullptr;
        });
    if (is_there && syscall.implemented) {
      items.push_back({std::string(syscall.name), report::Signature(syscall)});
    }
  }
  return items;
}

std::vector<Item> Words(Vocabulary vocabulary) {
  std::vector<Item> items;
  for (std::string& word : WordsOf(vocabulary)) {
    const auto facts = FactsOf(vocabulary, word);
    items.push_back({std::move(word), facts && !facts->lines.empty() ? facts->lines.front() : ""});
  }
  return items;
}

std::vector<Item> ItemsAt(const Place& place, std::span<const Architecture> architectures) {
  if (place.role == Place::Role::kNone) return {};
  if (place.role == Place::Role::kKey) return Keys(place.path);
  const auto vocabulary = VocabularyOf(place.path);
  if (!vocabulary) return {};
  return *vocabulary == Vocabulary::kSyscall ? Syscalls(architectures) : Words(*vocabulary);
}

// From the word's begin to where it ends as a word: a string that is not closed yet has the rest of
// the line in it.
schema::Span Replaced(std::string_view text, std::size_t offset, const Place& place) {
  std::size_t end = offset;
  while (end < place.word.end &&
         (text[end] == '_' || (text[end] >= 'a' && text[end] <= 'z') ||
          (text[end] >= 'A' && text[end] <= 'Z') || (text[end] >= '0' && text[end] <= '9'))) {
    ++end;
  }
  return {place.word.begin, end};
}

}  // namespace

array CompletionsAt(std::string_view text, std::size_t offset, const LineIndex& index,
                    std::span<const Architecture> architectures) {
  array completions;
  const auto place = FindPlace(text, offset);
  if (!place) return completions;
  const bool is_key = place->role == Place::Role::kKey;
  const std::set<std::string> siblings(place->siblings.begin(), place->siblings.end());
  const auto range = RangeValue(index, Replaced(text, offset, *place));
  for (Item& item : ItemsAt(*place, architectures)) {
    if (siblings.contains(item.label)) continue;
    std::string written = item.label;
    if (!place->quoted) written.insert(0, 1, '"').append(is_key ? "\": " : "\"");
    completions.push_back(
        object{{"label", item.label},
               {"kind", static_cast<int>(KindOf(*place))},
               {"detail", std::move(item.detail)},
               {"filterText", item.label},
               {"textEdit", object{{"range", range}, {"newText", std::move(written)}}}});
  }
  return completions;
}

}  // namespace lint::lsp
