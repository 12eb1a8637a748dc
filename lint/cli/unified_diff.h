// A difference of two texts as `diff -u` writes it and patch(1) reads it.

#pragma once

#include <string>
#include <string_view>

namespace lint::cli {

// Empty where the texts are equal; else with the lines "--- PATH" and "+++ PATH", and three lines
// around each change. Line ends are kept as they are.
std::string UnifiedDiff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace lint::cli
