// The hash of a key in its parts.

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

namespace runtime::isolator {

inline std::size_t HashOf(std::span<const std::string_view> parts) {
  constexpr std::size_t kOdd = 0x9e3779b97f4a7c15U;  // 2^64 by the golden ratio
  std::size_t hash = 0;
  for (const std::string_view part : parts) {
    hash = hash * kOdd + std::hash<std::string_view>{}(part);
  }
  return hash;
}

}  // namespace runtime::isolator
