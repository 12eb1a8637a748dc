// Text in XML.

#pragma once

#include <string>
#include <string_view>

namespace lint::report {

// Printable text that means itself in an attribute and between tags. What XML 1.0 cannot hold
// (control characters, U+FFFE, U+FFFF) is written as \x1b or \ufffe.
std::string XmlEscaped(std::string_view text);

// " key=\"value\"".
std::string XmlAttribute(std::string_view key, std::string_view value);

}  // namespace lint::report
