#include "schema/filter/emit.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "schema/filter/filter.h"
#include "schema/filter/instruction.h"
#include "schema/filter/search_tree.h"

namespace schema::filter {
namespace {

constexpr std::uint32_t kWhole = ~std::uint32_t{0};
constexpr std::size_t kReach = 255;          // of the 8 bits of jt and jf
constexpr std::size_t kTooLong = 1U << 18U;  // no more is made of what is too long anyway

std::uint16_t JumpOf(TestKind kind) {
  switch (kind) {
    case TestKind::kEqual:
      return kJumpIfEqual;
    case TestKind::kGreater:
      return kJumpIfGreater;
    case TestKind::kNotLess:
      return kJumpIfNotLess;
    case TestKind::kBits:
      return kJumpIfBits;
    case TestKind::kReturn:
      break;
  }
  return kReturn;
}

// What the accumulator holds; std::nullopt: nothing that a test could use.
using Loaded = std::optional<MaskedWord>;

// Writes the program from its end to its beginning, since jumps lead forward alone. A place is the
// number of instructions behind one.
class Writer {
 public:
  explicit Writer(const DecisionGraph& graph) : graph_(graph), entries_(graph.size()) {}

  std::vector<sock_filter> Write(NodeId root) {
    Place(root, std::nullopt);
    std::ranges::reverse(program_);
    return std::move(program_);
  }

 private:
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  // Where a node begins, nearest to the beginning of the program: with its load and without.
  struct Entries {
    std::size_t with_load = kNowhere;
    std::size_t without_load = kNowhere;
  };

  // What the accumulator must hold when a test is made.
  MaskedWord Wanted(const Node& node) const { return {node.word, node.mask}; }

  std::size_t& EntryOf(NodeId id, const Loaded& loaded) {
    const Node& node = graph_[id];
    const bool ready = node.kind == TestKind::kReturn ||
                       (loaded && loaded->word == node.word && loaded->mask == node.mask);
    return ready ? entries_[id].without_load : entries_[id].with_load;
  }

  std::size_t Push(const sock_filter& instruction) {
    program_.push_back(instruction);
    return program_.size() - 1;
  }

  // Writes the node, if it is not there yet for what is loaded.
  void Place(NodeId id, const Loaded& loaded) {
    std::size_t& entry = EntryOf(id, loaded);
    if (entry != kNowhere || program_.size() > kTooLong) return;
    const Node node = graph_[id];
    if (node.kind == TestKind::kReturn) {
      entry = Push({kReturn, 0, 0, node.value});
      return;
    }
    std::size_t& without_load = entries_[id].without_load;
    if (without_load == kNowhere || &entry == &without_load ||
        without_load + 1 != program_.size()) {
      without_load = PushTest(node);
    }
    if (&entry != &without_load) entry = PushLoad(node);
  }

  std::size_t PushTest(const Node& node) {
    const Loaded loaded = Wanted(node);
    const bool yes_is_rarer = graph_.weight(node.yes) < graph_.weight(node.no);
    Place(yes_is_rarer ? node.yes : node.no, loaded);
    Place(yes_is_rarer ? node.no : node.yes, loaded);
    std::size_t length = 0;
    do {  // what brings one branch into reach may move the other out of it
      length = program_.size();
      BringIntoReach(node.yes, loaded);
      BringIntoReach(node.no, loaded);
    } while (program_.size() != length);
    const auto distance = [&](NodeId branch) {
      return static_cast<std::uint8_t>(length - EntryOf(branch, loaded) - 1);
    };
    return Push({JumpOf(node.kind), distance(node.yes), distance(node.no), node.value});
  }

  void BringIntoReach(NodeId id, const Loaded& loaded) {
    std::size_t& entry = EntryOf(id, loaded);
    const std::size_t distance = program_.size() - entry - 1;
    if (entry == kNowhere || distance <= kReach) return;
    const Node& node = graph_[id];
    entry = node.kind == TestKind::kReturn
                ? Push({kReturn, 0, 0, node.value})
                : Push({kJump, 0, 0, static_cast<std::uint32_t>(distance)});
  }

  std::size_t PushLoad(const Node& node) {
    if (node.mask != kWhole) Push({kAnd, 0, 0, node.mask});
    return Push({kLoadWord, 0, 0, node.word * std::uint32_t{4}});
  }

  const DecisionGraph& graph_;
  std::vector<Entries> entries_;
  std::vector<sock_filter> program_;
};

}  // namespace

Result<std::vector<sock_filter>> Emit(const DecisionGraph& graph, NodeId root) {
  auto program = Writer(graph).Write(root);
  if (program.size() <= kMaxInstructions) return program;
  return Error{ErrorCode::kLimit,
               "the filter has " +
                   (program.size() > kTooLong ? "more than " + std::to_string(kTooLong)
                                              : std::to_string(program.size())) +
                   " instructions; the kernel takes at most " + std::to_string(kMaxInstructions),
               0};
}

}  // namespace schema::filter
