#include "schema/json/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace schema::json {

// The table of well-formed byte sequences in RFC 3629, section 4.
std::size_t SequenceLength(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t i) -> std::uint8_t {
    return position + i < text.size() ? static_cast<std::uint8_t>(text[position + i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const auto between = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  if (byte(0) < 0x80) return 1;
  if (between(0, 0xC2, 0xDF)) return tail(1) ? 2 : 0;
  if (between(0, 0xE0, 0xEF)) {
    const bool second = byte(0) == 0xE0   ? between(1, 0xA0, 0xBF)
                        : byte(0) == 0xED ? between(1, 0x80, 0x9F)
                                          : tail(1);
    return second && tail(2) ? 3 : 0;
  }
  if (between(0, 0xF0, 0xF4)) {
    const bool second = byte(0) == 0xF0   ? between(1, 0x90, 0xBF)
                        : byte(0) == 0xF4 ? between(1, 0x80, 0x8F)
                                          : tail(1);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

std::uint32_t CodePointOf(std::string_view sequence) {
  constexpr std::array<std::uint32_t, 5> kLeadMasks = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code_point = static_cast<std::uint8_t>(sequence[0]) & kLeadMasks[sequence.size()];
  for (const char c : sequence.substr(1)) {
    code_point = (code_point << 6U) | (static_cast<std::uint8_t>(c) & 0x3FU);
  }
  return code_point;
}

std::vector<Span> InvalidUtf8(std::string_view text) {
  std::vector<Span> runs;
  const auto is_ascii = [](char c) { return static_cast<std::uint8_t>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return runs;  // nearly every profile
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t length = SequenceLength(text, i); length != 0) {
      i += length;
      continue;
    }
    if (!runs.empty() && runs.back().end == i) {
      ++runs.back().end;
    } else if (runs.size() < kMaxInvalidRuns) {
      runs.push_back({i, i + 1});
    } else {
      break;
    }
    ++i;
  }
  return runs;
}

bool LooksLikeUtf16(std::string_view text) {
  if (text.size() < 2) return false;
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
         (text[0] == '\0') != (text[1] == '\0');
}

std::string Quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += std::string("\\u00") + kDigits[byte >> 4U] + kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace schema::json
