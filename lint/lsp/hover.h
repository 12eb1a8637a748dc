// What is known of the word under the cursor.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "lint/lsp/document.h"
#include "lint/lsp/vocabulary.h"
#include "schema/span.h"

namespace lint::lsp {

struct Hover {
  schema::Span span;  // the word, without quotes
  WordFacts facts;
};

// `analysis`: nullptr where the document could not be checked; then what the profile gives a call
// is left out. std::nullopt: no word of the format is there.
std::optional<Hover> HoverAt(std::string_view text, std::size_t offset, const Analysis* analysis);

// A system call: its arguments, releases, numbers, capabilities and risk; and what the profile
// gives it on the targets. std::nullopt: there is no such call.
std::optional<WordFacts> SyscallFacts(std::string_view name, const Analysis* analysis);

}  // namespace lint::lsp
