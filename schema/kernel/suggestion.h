// "Did you mean": the known name nearest to a misspelt one.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace schema::kernel {

// The name of `known` with the least edit distance (insertions, deletions, replacements and swaps
// of neighbours) to `name`, letters compared without case; empty where none is near: at most 2
// edits for names of 6 characters and more, else 1. The first of equals.
std::string_view Nearest(std::string_view name, std::span<const std::string_view> known);

// ", did you mean \"X\"?" or "".
std::string DidYouMean(std::string_view name, std::span<const std::string_view> known);

}  // namespace schema::kernel
