#include "lint/report/html_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "lint/report/printable.h"
#include "schema/json/encoding.h"

namespace lint::report {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// What a browser does not show as itself, beside what Printable() escapes. Source: Unicode 15,
// categories Cf, Zl and Zp, and noncharacters.
constexpr std::array kHidden = {
    Range{0xAD, 0xAD},       Range{0x34F, 0x34F},      Range{0x61C, 0x61C},
    Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5},    Range{0x180B, 0x180F},
    Range{0x200B, 0x200D},   Range{0x2028, 0x2029},    Range{0x2060, 0x2065},
    Range{0x206A, 0x206F},   Range{0x3164, 0x3164},    Range{0xFDD0, 0xFDEF},
    Range{0xFE00, 0xFE0F},   Range{0xFFA0, 0xFFA0},    Range{0xFFF0, 0xFFFB},
    Range{0xFFFE, 0xFFFF},   Range{0x1BCA0, 0x1BCA3},  Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE0FFF}, Range{0xF0000, 0x10FFFF},
};

std::string Escape(std::uint32_t code_point) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string digits;
  for (std::uint32_t rest = code_point; rest != 0 || digits.size() < 4; rest >>= 4U) {
    digits.insert(digits.begin(), kHexDigits[rest & 0xFU]);
  }
  return code_point > 0xFFFF ? "\\u{" + digits + "}" : "\\u" + digits;
}

// Empty: the character stands for itself.
std::string_view Entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

}  // namespace

std::string HtmlEscaped(std::string_view text, bool keep_tabs) {
  const std::string printable = Printable(text, keep_tabs);
  const std::string_view all = printable;
  std::string out;
  out.reserve(all.size() + all.size() / 8);
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t length = std::max<std::size_t>(1, schema::json::SequenceLength(all, i));
    const std::string_view sequence = all.substr(i, length);
    i += length;
    if (length == 1) {
      const std::string_view entity = Entity(sequence[0]);
      out += entity.empty() ? sequence : entity;
      continue;
    }
    const std::uint32_t code_point = schema::json::CodePointOf(sequence);
    const bool hidden = std::ranges::any_of(kHidden, [&](Range range) {
      return code_point >= range.first && code_point <= range.last;
    });
    out += hidden ? Escape(code_point) : std::string(sequence);
  }
  return out;
}

std::string HtmlEscapedLines(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += HtmlEscaped(text.substr(begin, end - begin));
    if (end < text.size()) out += '\n';
    begin = end + 1;
  }
  return out;
}

std::string HtmlProse(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == text.npos ? open : text.find('`', open + 1);
    if (close == text.npos) return out + HtmlEscapedLines(text);
    out += HtmlEscapedLines(text.substr(0, open)) + "<code>" +
           HtmlEscapedLines(text.substr(open + 1, close - open - 1)) + "</code>";
    text.remove_prefix(close + 1);
  }
}

}  // namespace lint::report
