// From libyaml's places, which count code points, to bytes.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace schema::yaml {

// Of one text, well-formed UTF-8.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text);

  // Where code point `index` begins; the end of the text where there are fewer.
  std::size_t OffsetOf(std::size_t index) const;

 private:
  static constexpr std::size_t kBetween = 256;

  std::string_view text_;
  bool is_ascii_ = true;
  std::vector<std::size_t> marks_;  // where each kBetween-th code point begins
};

}  // namespace schema::yaml
