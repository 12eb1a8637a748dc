// Text out of a profile, made harmless to a terminal.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lint::report {

// `text` as valid UTF-8 in which nothing acts on the terminal: control characters (C0, DEL, C1),
// the characters that are not seen or reorder text (Unicode's Cf, Zl and Zp up to U+FFFF, the byte
// order mark among them) and bytes that are not UTF-8 are written as \x1b or \u202e. `keep_tabs`: a
// tab stays.
std::string Printable(std::string_view text, bool keep_tabs = false);

// The same of each of its lines, with line breaks and tabs.
std::string PrintableLines(std::string_view text);

// As Printable, of `most` bytes at most; what is cut off is shown as "...", and no character is
// split.
std::string Shortened(std::string_view text, std::size_t most);

}  // namespace lint::report
