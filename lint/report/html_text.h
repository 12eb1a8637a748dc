// Text in HTML.

#pragma once

#include <string>
#include <string_view>

namespace lint::report {

// `text` as valid UTF-8 that means itself between tags and in a quoted attribute, and in which
// nothing is invisible or reorders what is around it: what Printable() escapes, and zero-width
// and format characters, U+061C, U+2028, U+2029 and tag characters, as \u2028 or \u{e0041}. So no
// control character but a tab is in it. The one way of a profile's or a path's bytes into a page.
std::string HtmlEscaped(std::string_view text, bool keep_tabs = false);

// The same of a text of several lines: line feeds stay.
std::string HtmlEscapedLines(std::string_view text);

// The same, with `this` as code.
std::string HtmlProse(std::string_view text);

}  // namespace lint::report
