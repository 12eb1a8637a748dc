#include "schema/yaml/code_points.h"

#include <algorithm>

namespace schema::yaml {
namespace {

bool Begins(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

CodePoints::CodePoints(std::string_view text) : text_(text) {
  is_ascii_ =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii_) return;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (Begins(text[at]) && count++ % kBetween == 0) marks_.push_back(at);
  }
}

std::size_t CodePoints::OffsetOf(std::size_t index) const {
  if (is_ascii_) return std::min(index, text_.size());
  if (index / kBetween >= marks_.size()) return text_.size();
  std::size_t at = marks_[index / kBetween];
  for (std::size_t left = index % kBetween; left > 0 && at < text_.size(); --left) {
    ++at;
    while (at < text_.size() && !Begins(text_[at])) ++at;
  }
  return at;
}

}  // namespace schema::yaml
