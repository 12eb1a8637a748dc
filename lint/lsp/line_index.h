// Places in a document as editors count them: 0-based lines, and units within the line of an
// encoding that client and server agreed on.
// Source: LSP 3.17, "Position" and "PositionEncodingKind".

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace lint::lsp {

// What a column counts: bytes, units of UTF-16 (two for a character beyond U+FFFF), or code points.
enum class PositionEncoding { kUtf8, kUtf16, kUtf32 };

std::string_view EncodingName(PositionEncoding encoding);  // "utf-16"
std::optional<PositionEncoding> ParseEncoding(std::string_view name);

struct LinePosition {
  std::size_t line = 0;
  std::size_t character = 0;

  friend bool operator==(const LinePosition&, const LinePosition&) = default;
};

// `text` is UTF-8 and outlives this. A line ends with \n, \r\n or \r; the last one may be empty.
class LineIndex {
 public:
  LineIndex(std::string_view text, PositionEncoding encoding);

  // An offset within a line's end is the end of what stands before it; one beyond the text is its
  // end.
  LinePosition At(std::size_t offset) const;

  // Beyond the end of its line: the line's end; beyond the last line: the text's end; within a
  // character: its begin. As the protocol wants it, and so never out of the text.
  std::size_t OffsetOf(LinePosition position) const;

  std::size_t lines() const { return starts_.size(); }

 private:
  std::size_t Units(std::size_t offset) const;    // from the text's begin
  std::size_t EndOfLine(std::size_t line) const;  // before its \r and \n

  std::string_view text_;
  PositionEncoding encoding_;
  std::vector<std::size_t> starts_;  // of lines
  std::vector<std::size_t> marks_;   // units before each kBetween-th byte
};

}  // namespace lint::lsp
