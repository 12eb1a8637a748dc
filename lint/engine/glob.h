// Patterns of paths, as .gitignore and editors have them.

#pragma once

#include <string_view>

namespace lint::engine {

// `path` has / between its folders. In a pattern, * is any part of one name, ? a character of it,
// ** any folders, and a trailing / everything below a folder. A pattern without / is of a name in
// any folder.
bool MatchesGlob(std::string_view pattern, std::string_view path);

}  // namespace lint::engine
