// The rules of a profile as the outline of a document.

#pragma once

#include <boost/json/array.hpp>

#include "lint/lsp/document.h"
#include "lint/lsp/line_index.h"

namespace lint::lsp {

// A symbol for each rule: "ALLOW read, write, close, ... (12)". As a tree of DocumentSymbols, or as
// SymbolInformation for older clients.
boost::json::array SymbolsOf(const Document& document, const Analysis& analysis,
                             const LineIndex& index, const ClientAbilities& client);

}  // namespace lint::lsp
