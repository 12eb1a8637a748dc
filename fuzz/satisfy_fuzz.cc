// Comparisons of one variable of 8 bits, decided by FindValues() and by trying all its values; and
// the same far up in a variable of 64 bits, where the bits below are free.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "fuzz/require.h"
#include "schema/policy/satisfy.h"
#include "tests/schema/policy/holds.h"

namespace {

using schema::policy::Comparison;
using schema::policy::Relation;

constexpr unsigned kBits = 8;

std::optional<std::uint64_t> LeastByTrying(const std::vector<Comparison>& comparisons) {
  for (std::uint64_t value = 0; value < (1U << kBits); ++value) {
    bool all = true;
    for (const Comparison& comparison : comparisons) all = all && Holds(comparison, value);
    if (all) return value;
  }
  return std::nullopt;
}

// `shift`: the 8 bits are the ones from there on.
void Check(std::vector<Comparison> comparisons, unsigned shift,
           std::optional<std::uint64_t> expected) {
  for (Comparison& comparison : comparisons) {
    comparison.mask <<= shift;
    comparison.value <<= shift;
  }
  const auto found = schema::policy::FindValues(comparisons, 1, kBits + shift);
  REQUIRE(found.has_value() == expected.has_value());
  REQUIRE(!found || found->front() == *expected << shift);
  std::size_t steps = 1000;
  const auto bounded = schema::policy::FindValues(comparisons, 1, kBits + shift, steps);
  REQUIRE(!bounded || *bounded == found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostComparisons = 64;
  std::vector<Comparison> comparisons;
  for (std::size_t i = 0; i + 3 <= size && comparisons.size() < kMostComparisons; i += 3) {
    const auto relation = static_cast<Relation>(data[i] % 6);
    // Values of 9 bits: some lie beyond the variable.
    const std::uint64_t value = data[i + 2] | (data[i] & 0x80U) << 1U;
    comparisons.push_back({0, relation, data[i + 1], value});
  }
  const auto least = LeastByTrying(comparisons);
  for (const unsigned shift : {0U, 24U, 28U, 55U}) Check(comparisons, shift, least);
  return 0;
}
