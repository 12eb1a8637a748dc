// What may be written where the cursor stands.

#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <span>
#include <string_view>

#include "lint/lsp/line_index.h"
#include "schema/kernel/architecture.h"

namespace lint::lsp {

// LSP's CompletionItems: the keys that the object does not have yet; the calls of the architectures
// that the array does not name yet, every call where no architecture is given; actions,
// architectures, operators, capabilities, flags and names of error numbers. Each takes the place of
// the word that the cursor is in, and brings quotes where there are none.
boost::json::array CompletionsAt(std::string_view text, std::size_t offset, const LineIndex& index,
                                 std::span<const schema::kernel::Architecture> architectures);

}  // namespace lint::lsp
