// The fixes of findings as LSP's code actions.

#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lint/lsp/document.h"
#include "lint/lsp/line_index.h"
#include "schema/span.h"

namespace lint::lsp {

inline constexpr std::string_view kQuickFix = "quickfix";
inline constexpr std::string_view kFixAll = "source.fixAll.seccomp-lint";

struct ActionQuestion {
  schema::Span range;
  std::vector<std::string> only;  // kinds, or prefixes of kinds; empty: all
};

// For each finding that touches the range and has a fix, a quick fix, which is preferred where it
// is safe. And one for all safe fixes together, which does what `seccomp-lint --fix` does: proved
// to change nothing of what the profile means. That takes a while: without edit where the client
// asks for it later, see ResolveFixAll.
boost::json::array CodeActions(const Document& document, Analysis& analysis, const LineIndex& index,
                               const ClientAbilities& client, const ActionQuestion& question);

// The edit of the action for all safe fixes.
boost::json::object FixAllEdit(const Document& document, Analysis& analysis, const LineIndex& index,
                               const ClientAbilities& client);

}  // namespace lint::lsp
