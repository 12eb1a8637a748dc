#include "schema/filter/search_tree.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

namespace schema::filter {
namespace {

// Neighbours that lead to one node are one range.
void MergeNeighbours(std::vector<Range>& ranges) {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].node == ranges[kept].node) {
      ranges[kept].weight += ranges[i].weight;
    } else {
      ranges[++kept] = ranges[i];
    }
  }
  ranges.resize(kept + 1);
}

// Whether the range at `i` is one value between two that lead to one node.
bool IsInterruption(std::span<const Range> ranges, std::size_t i) {
  return i > 0 && i + 1 < ranges.size() && ranges[i - 1].node == ranges[i + 1].node &&
         ranges[i + 1].first - ranges[i].first == 1;
}

// An interruption is found by one test for equality, where a search tree would need two.
void JoinInterruptions(MaskedWord word, std::vector<Range>& ranges, DecisionGraph& graph) {
  std::vector<Range> joined;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    joined.push_back(ranges[i]);
    if (!IsInterruption(ranges, i + 1)) continue;
    const Range& single = ranges[i + 1];
    const std::uint64_t weight = ranges[i].weight + single.weight + ranges[i + 2].weight;
    const NodeId test = graph.Test(
        {TestKind::kEqual, word.word, word.mask, single.first, single.node, ranges[i].node});
    graph.AddWeight(test, weight);
    joined.back() = {ranges[i].first, test, weight};
    i += 2;
  }
  ranges = std::move(joined);
}

// The depth of each range in an optimal tree that keeps their order.
class Depths {
 public:
  explicit Depths(std::span<const Range> ranges) : depths_(ranges.size()) {
    for (const Range& range : ranges) {
      tops_.push_back({range.weight, trees_.size()});
      trees_.push_back({});
    }
    while (tops_.size() > 1) Combine();
    Descend(tops_.front().tree, 0);
  }

  const std::vector<unsigned>& get() const { return depths_; }

 private:
  struct Top {
    std::uint64_t weight = 0;
    std::size_t tree = 0;
  };
  struct Tree {
    std::optional<std::pair<std::size_t, std::size_t>> halves;
  };

  std::uint64_t WeightAt(std::size_t i) const {
    return i < tops_.size() ? tops_[i].weight : std::numeric_limits<std::uint64_t>::max();
  }

  // The first two neighbours of which the left one is not heavier than what follows them become
  // one, which moves to the left until something as heavy stands before it.
  void Combine() {
    std::size_t i = 1;
    while (WeightAt(i - 1) > WeightAt(i + 1)) ++i;
    const Top sum{tops_[i - 1].weight + tops_[i].weight, trees_.size()};
    trees_.push_back({std::pair(tops_[i - 1].tree, tops_[i].tree)});
    std::size_t place = i - 1;
    tops_.erase(tops_.begin() + static_cast<std::ptrdiff_t>(place),
                tops_.begin() + static_cast<std::ptrdiff_t>(i + 1));
    while (place > 0 && tops_[place - 1].weight < sum.weight) --place;
    tops_.insert(tops_.begin() + static_cast<std::ptrdiff_t>(place), sum);
  }

  void Descend(std::size_t tree, unsigned depth) {
    if (!trees_[tree].halves) {
      depths_[tree] = depth;
      return;
    }
    Descend(trees_[tree].halves->first, depth + 1);
    Descend(trees_[tree].halves->second, depth + 1);
  }

  std::vector<Top> tops_;
  std::vector<Tree> trees_;  // the first ones are the ranges
  std::vector<unsigned> depths_;
};

// The tree with the ranges at the given depths.
class Tree {
 public:
  Tree(MaskedWord word, std::span<const Range> ranges, std::span<const unsigned> depths,
       DecisionGraph& graph)
      : word_(word), ranges_(ranges), depths_(depths), graph_(graph) {}

  // The next ranges, as one subtree at `depth`.
  Range Take(unsigned depth) {
    if (depths_[next_] == depth) return ranges_[next_++];
    const Range below = Take(depth + 1);
    const Range above = Take(depth + 1);
    const NodeId test = graph_.Test(
        {TestKind::kNotLess, word_.word, word_.mask, above.first, above.node, below.node});
    graph_.AddWeight(test, below.weight + above.weight);
    return {below.first, test, below.weight + above.weight};
  }

 private:
  MaskedWord word_;
  std::span<const Range> ranges_;
  std::span<const unsigned> depths_;
  DecisionGraph& graph_;
  std::size_t next_ = 0;
};

// A single bit, or all of the mask's bits against zero, is tested without a masked load.
std::optional<NodeId> BitTest(MaskedWord word, std::span<const Range> ranges,
                              DecisionGraph& graph) {
  constexpr std::uint32_t kWhole = ~std::uint32_t{0};
  if (word.mask == kWhole) return std::nullopt;
  const auto test = [&](NodeId set, NodeId clear) {
    return graph.Test({TestKind::kBits, word.word, kWhole, word.mask, set, clear});
  };
  if (ranges.size() == 2 && ranges[1].first == 1) return test(ranges[1].node, ranges[0].node);
  const bool one_bit = std::has_single_bit(word.mask);
  if (one_bit && (ranges.size() == 2 || ranges.size() == 3) && ranges[1].first == word.mask) {
    return test(ranges[1].node, ranges[0].node);
  }
  return std::nullopt;
}

}  // namespace

NodeId SearchTree(MaskedWord word, std::vector<Range> ranges, DecisionGraph& graph) {
  MergeNeighbours(ranges);
  if (const auto test = BitTest(word, ranges, graph)) return *test;
  JoinInterruptions(word, ranges, graph);
  const Depths depths(ranges);
  return Tree(word, ranges, depths.get(), graph).Take(0).node;
}

}  // namespace schema::filter
