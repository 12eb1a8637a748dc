// Findings as LSP's diagnostics.

#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string_view>

#include "lint/engine/engine.h"
#include "lint/lsp/document.h"
#include "lint/lsp/line_index.h"

namespace lint::lsp {

// The message is the finding's, then its help on a line of its own, then, where it does not hold on
// all targets, those that it holds on. Nothing in it acts on a terminal.
boost::json::object DiagnosticOf(const Document& document, const Analysis& analysis,
                                 const engine::Report& report, const LineIndex& index,
                                 const ClientAbilities& client);

// Of all findings that are not suppressed, and the notes on suppressions as information.
boost::json::array DiagnosticsOf(const Document& document, const Analysis& analysis,
                                 const LineIndex& index, const ClientAbilities& client);

// That the settings cannot be read, at the document's first character.
boost::json::object SettingsDiagnostic(std::string_view message);

}  // namespace lint::lsp
