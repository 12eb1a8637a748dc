// Facts as what editors show in a hover.

#pragma once

#include <string>
#include <string_view>

#include "lint/lsp/vocabulary.h"

namespace lint::lsp {

// `text` so that CommonMark shows it as it is.
std::string MarkdownEscaped(std::string_view text);

// The title as code, then the lines, a paragraph each; nothing in them is markup, nor acts on a
// terminal. As plain text: a line each.
std::string Rendered(const WordFacts& facts, bool markdown);

}  // namespace lint::lsp
