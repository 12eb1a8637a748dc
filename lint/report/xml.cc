#include "lint/report/xml.h"

#include <array>
#include <utility>

#include "lint/report/printable.h"

namespace lint::report {

std::string XmlEscaped(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEscapes = {{
      {"&", "&amp;"},
      {"<", "&lt;"},
      {">", "&gt;"},
      {"\"", "&quot;"},
      {"\xEF\xBF\xBE", "\\ufffe"},
      {"\xEF\xBF\xBF", "\\uffff"},
  }};
  const std::string printable = Printable(text);
  std::string out;
  for (std::size_t i = 0; i < printable.size();) {
    std::string_view taken = std::string_view(printable).substr(i, 1);
    std::string_view written = taken;
    for (const auto& [special, escape] : kEscapes) {
      if (!std::string_view(printable).substr(i).starts_with(special)) continue;
      taken = special;
      written = escape;
    }
    out += written;
    i += taken.size();
  }
  return out;
}

std::string XmlAttribute(std::string_view key, std::string_view value) {
  return " " + std::string(key) + "=\"" + XmlEscaped(value) + "\"";
}

}  // namespace lint::report
