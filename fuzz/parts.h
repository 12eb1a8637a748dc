// Inputs of several files: one text, cut at the lines that are "----".

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fuzz {

inline std::string_view AsText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// At least one.
inline std::vector<std::string_view> Parts(std::string_view text) {
  constexpr std::string_view kCut = "----\n";
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(kCut); at != std::string_view::npos;
       at = text.find(kCut, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    if (at < begin) continue;
    parts.push_back(text.substr(begin, at - begin));
    begin = at + kCut.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace fuzz
