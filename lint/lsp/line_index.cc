#include "lint/lsp/line_index.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/json/encoding.h"

namespace lint::lsp {
namespace {

constexpr std::size_t kBetween = 2048;

constexpr std::array kEncodings = {
    std::pair{PositionEncoding::kUtf8, std::string_view("utf-8")},
    std::pair{PositionEncoding::kUtf16, std::string_view("utf-16")},
    std::pair{PositionEncoding::kUtf32, std::string_view("utf-32")},
};

// What a byte of UTF-8 adds to the count: a character's units come with its first byte.
std::size_t UnitsOf(char c, PositionEncoding encoding) {
  const auto byte = static_cast<unsigned char>(c);
  if (encoding == PositionEncoding::kUtf8) return 1;
  if ((byte & 0xC0U) == 0x80U) return 0;
  return encoding == PositionEncoding::kUtf16 && byte >= 0xF0U ? 2 : 1;
}

}  // namespace

std::string_view EncodingName(PositionEncoding encoding) {
  return kEncodings[static_cast<std::size_t>(encoding)].second;
}

std::optional<PositionEncoding> ParseEncoding(std::string_view name) {
  for (const auto& [encoding, known] : kEncodings) {
    if (name == known) return encoding;
  }
  return std::nullopt;
}

LineIndex::LineIndex(std::string_view text, PositionEncoding encoding)
    : text_(text), encoding_(encoding), starts_{0} {
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % kBetween == 0) marks_.push_back(units);
    units += UnitsOf(text[i], encoding);
    const bool is_end =
        text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (is_end) starts_.push_back(i + 1);
  }
}

std::size_t LineIndex::Units(std::size_t offset) const {
  if (marks_.empty()) return 0;
  const std::size_t mark = std::min(offset / kBetween, marks_.size() - 1);
  std::size_t units = marks_[mark];
  for (std::size_t i = mark * kBetween; i < offset; ++i) units += UnitsOf(text_[i], encoding_);
  return units;
}

std::size_t LineIndex::EndOfLine(std::size_t line) const {
  if (line + 1 == starts_.size()) return text_.size();
  std::size_t end = starts_[line + 1] - 1;
  if (text_[end] == '\n' && end > starts_[line] && text_[end - 1] == '\r') --end;
  return end;
}

LinePosition LineIndex::At(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::ranges::upper_bound(starts_, offset);
  const auto line = static_cast<std::size_t>(next - starts_.begin()) - 1;
  offset = std::min(offset, EndOfLine(line));
  return {line, Units(offset) - Units(starts_[line])};
}

std::size_t LineIndex::OffsetOf(LinePosition position) const {
  if (position.line >= starts_.size()) return text_.size();
  const std::size_t end = EndOfLine(position.line);
  std::size_t offset = starts_[position.line];
  std::size_t units = 0;
  while (offset < end) {
    const std::size_t length =
        std::max<std::size_t>(1, schema::json::SequenceLength(text_, offset));
    for (std::size_t i = 0; i < length; ++i) units += UnitsOf(text_[offset + i], encoding_);
    if (units > position.character) break;
    offset += length;
  }
  return offset;
}

}  // namespace lint::lsp
