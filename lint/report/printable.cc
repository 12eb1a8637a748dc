#include "lint/report/printable.h"

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

}  // namespace lint::report
