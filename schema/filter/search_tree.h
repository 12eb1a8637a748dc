// The search for the range of values that a word of seccomp_data lies in.

#pragma once

#include <cstdint>
#include <vector>

#include "schema/filter/decision_graph.h"

namespace schema::filter {

// The values from `first` up to the next range's lead to `node`.
struct Range {
  std::uint32_t first = 0;
  NodeId node = 0;
  std::uint64_t weight = 1;  // how often a value of it is looked for
};

// A word of seccomp_data with a mask.
struct MaskedWord {
  std::uint8_t word = 0;
  std::uint32_t mask = ~std::uint32_t{0};
};

// The tests that find the range of `word`'s value: those of an optimal search tree by the ranges'
// weights, with one test where a single value interrupts a range. `ranges` are ascending from 0;
// the last one ends at 2^32 - 1.
// Source: A. M. Garsia and M. L. Wachs, A new algorithm for minimum cost binary trees, 1977.
NodeId SearchTree(MaskedWord word, std::vector<Range> ranges, DecisionGraph& graph);

}  // namespace schema::filter
