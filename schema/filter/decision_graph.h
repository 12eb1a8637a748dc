// A filter before it has an order of instructions: tests of words of seccomp_data whose branches
// lead to other tests or to returns. Equal parts are one node, whichever calls and architectures
// they serve.

#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace schema::filter {

using NodeId = std::uint32_t;

// A test that is the same as BPF's: (word & mask) OPERATION value; kBits alone tests the word's
// bits and not what the mask leaves of them.
enum class TestKind : std::uint8_t {
  kReturn,   // none: returns `value`
  kEqual,    // JEQ
  kGreater,  // JGT
  kNotLess,  // JGE
  kBits,     // JSET: word & value is not zero
};

struct Node {
  TestKind kind = TestKind::kReturn;
  std::uint8_t word = 0;  // of seccomp_data
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  NodeId yes = 0;
  NodeId no = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

class DecisionGraph {
 public:
  NodeId Return(std::uint32_t ret) { return Add({TestKind::kReturn, 0, 0, ret, 0, 0}); }

  // The branch itself where both are one.
  NodeId Test(const Node& test) { return test.yes == test.no ? test.yes : Add(test); }

  const Node& operator[](NodeId id) const { return nodes_[id]; }
  std::size_t size() const { return nodes_.size(); }

  // How often the node is come to, in units of search_weight.h: what is rarely come to is placed
  // out of the way. A node of several calls has the sum.
  void AddWeight(NodeId id, std::uint64_t weight) { weights_[id] += weight; }
  std::uint64_t weight(NodeId id) const { return weights_[id]; }

 private:
  struct Hash {
    std::size_t operator()(const Node& node) const;
  };
  NodeId Add(const Node& node);

  std::vector<Node> nodes_;
  std::vector<std::uint64_t> weights_;
  std::unordered_map<Node, NodeId, Hash> ids_;
};

}  // namespace schema::filter
