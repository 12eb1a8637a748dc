// The URIs that editors name documents by.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lint::lsp {

// The path of a file: URI of this machine, percent-decoded (RFC 3986, RFC 8089). std::nullopt: of
// something else, such as an unsaved document (untitled:), or it is malformed.
std::optional<std::string> PathOfUri(std::string_view uri);

}  // namespace lint::lsp
