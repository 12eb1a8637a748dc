#include "lint/report/printable.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "schema/json/encoding.h"

namespace lint::report {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void AppendHex(std::string& out, std::string_view prefix, std::uint32_t value, unsigned digits) {
  out += prefix;
  for (unsigned i = digits; i-- > 0;) out += kHexDigits[(value >> (4 * i)) & 0xFU];
}

// Controls, and what is not seen or changes the order of what is: Unicode's categories Cc, Cf, Zl
// and Zp, as far as they are in the Basic Multilingual Plane, and the tags of plane 14.
bool IsDangerous(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) || code_point == 0xAD ||
         code_point == 0x61C || code_point == 0x180E ||
         (code_point >= 0x200B && code_point <= 0x200F) ||
         (code_point >= 0x2028 && code_point <= 0x202E) ||
         (code_point >= 0x2060 && code_point <= 0x206F) || code_point == 0xFEFF ||
         (code_point >= 0xFFF9 && code_point <= 0xFFFB);
}

}  // namespace

std::string Printable(std::string_view text, bool keep_tabs) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = schema::json::SequenceLength(text, i);
    if (length == 0) {
      AppendHex(out, "\\x", static_cast<std::uint8_t>(text[i]), 2);
      ++i;
      continue;
    }
    const std::string_view sequence = text.substr(i, length);
    const std::uint32_t code_point = schema::json::CodePointOf(sequence);
    if (!IsDangerous(code_point) || (keep_tabs && code_point == '\t')) {
      out += sequence;
    } else if (code_point < 0x80) {
      AppendHex(out, "\\x", code_point, 2);
    } else {
      AppendHex(out, "\\u", code_point, 4);
    }
    i += length;
  }
  return out;
}

std::string PrintableLines(std::string_view text) {
  std::string lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines += (begin == 0 ? "" : "\n") + Printable(text.substr(begin, end - begin), true);
    begin = end + 1;
  }
  return lines;
}

std::string Shortened(std::string_view text, std::size_t most) {
  std::string out = Printable(text.substr(0, 2 * most));
  if (out.size() <= most && text.size() <= 2 * most) return out;
  out.resize(std::min(out.size(), most));
  // Printable has made it valid: a character's bytes but the first are 10xxxxxx.
  std::size_t end = out.size();
  while (end > 0 && (static_cast<unsigned char>(out[end - 1]) & 0xc0U) == 0x80U) --end;
  if (end > 0 && (static_cast<unsigned char>(out[end - 1]) & 0x80U) != 0) --end;
  out.resize(end);
  return out + "...";
}

}  // namespace lint::report
