#include "schema/kernel/suggestion.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace schema::kernel {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::size_t kLongest = 64;  // of a name that is compared at all

// Which characters a name has, some told apart and some not: a bit each.
std::uint64_t Characters(std::string_view name) {
  std::uint64_t bits = 0;
  for (const char c : name)
    bits |= std::uint64_t{1} << (static_cast<unsigned char>(Lower(c)) % 64U);
  return bits;
}

// Optimal string alignment distance: three rows of the usual table are enough.
std::size_t Distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kLongest + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) &&
          Lower(a[i - 2]) == Lower(b[j - 1])) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view name, std::span<const std::string_view> known) {
  constexpr std::size_t kLongName = 6;
  const std::size_t limit = name.size() >= kLongName ? 2 : 1;
  std::string_view nearest;
  std::size_t least = limit + 1;
  const std::uint64_t characters = Characters(name);
  const auto too_many = [&](std::uint64_t bits) {
    return static_cast<std::size_t>(std::popcount(bits)) >= least;
  };
  for (const std::string_view candidate : known) {
    const std::size_t longer = std::max(candidate.size(), name.size());
    const std::size_t shorter = std::min(candidate.size(), name.size());
    if (longer - shorter >= least || longer > kLongest) continue;
    // One edit brings in one character at most, and takes out one.
    const std::uint64_t others = Characters(candidate);
    if (too_many(characters & ~others) || too_many(others & ~characters)) continue;
    const std::size_t distance = Distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view name, std::span<const std::string_view> known) {
  const std::string_view nearest = Nearest(name, known);
  return nearest.empty() ? "" : ", did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace schema::kernel
