// Where a thing stands in its source text.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace schema {

// Bytes [begin, end) of the source. end == begin: a place between two bytes.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

// A value read from a profile, with the place it was read from: every scalar carries its own.
template <class T>
struct Spanned {
  T value{};
  Span span;
};

// A second place that a problem speaks of: "the first rule is here".
struct Related {
  Span span;
  std::string message;
};

// 1-based; `column` counts code points, as editors do. Source: CONTRACT, text finding.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

// Position of byte `offset` in `text`; an offset beyond the end is the end. Linear in `offset`:
// call it for what is reported, not for what is parsed.
inline Position Locate(std::string_view text, std::size_t offset) {
  Position position;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((byte & 0xC0U) != 0x80U) {  // not a UTF-8 continuation byte
      ++position.column;
    }
  }
  return position;
}

}  // namespace schema
