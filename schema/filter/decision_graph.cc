#include "schema/filter/decision_graph.h"

namespace schema::filter {

std::size_t DecisionGraph::Hash::operator()(const Node& node) const {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
  std::uint64_t hash = 0;
  for (const std::uint64_t part :
       {std::uint64_t{node.mask} << 32U | node.value, std::uint64_t{node.yes} << 32U | node.no,
        std::uint64_t{node.word} << 8U | static_cast<std::uint64_t>(node.kind)}) {
    hash = (hash ^ part) * kMultiplier;
    hash ^= hash >> 29U;
  }
  return hash;
}

NodeId DecisionGraph::Add(const Node& node) {
  const auto [found, added] = ids_.try_emplace(node, static_cast<NodeId>(nodes_.size()));
  if (added) {
    nodes_.push_back(node);
    weights_.push_back(0);
  }
  return found->second;
}

}  // namespace schema::filter
