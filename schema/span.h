// Where a thing stands in its source text.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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

// Position of byte `offset` in `text`; an offset beyond the end is the end. Linear in `offset`: for
// many of them in one text there is Positions.
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

// The positions of one text, each found from the nearest of the marks that stand every few
// kilobytes.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text.size(); at += kBetween) {
      marks_.push_back(at == 0 ? Position() : Advance(marks_.back(), at - kBetween, at));
    }
  }

  Position At(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    if (marks_.empty()) return {};
    const std::size_t mark = std::min(offset / kBetween, marks_.size() - 1);
    return Advance(marks_[mark], mark * kBetween, offset);
  }

 private:
  static constexpr std::size_t kBetween = 2048;

  Position Advance(Position from, std::size_t begin, std::size_t end) const {
    const Position step = Locate(text_.substr(begin, end - begin), end - begin);
    if (step.line == 1) return {from.line, from.column + step.column - 1};
    return {from.line + step.line - 1, step.column};
  }

  std::string_view text_;
  std::vector<Position> marks_;
};

}  // namespace schema
