#include "schema/filter/argument_graph.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "schema/filter/search_tree.h"
#include "schema/filter/seccomp_data.h"

namespace schema::filter {
namespace {

using kernel::Operator;
using policy::Clause;
using policy::Condition;

std::uint32_t Low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t High(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32U); }

bool IsEquality(Operator op) {
  return op == Operator::kEqual || op == Operator::kNotEqual || op == Operator::kMaskedEqual;
}

// What one word of an argument says of a condition.
enum class Outcome : std::uint8_t { kFails, kHolds, kOtherWordDecides };

// The words of a condition on one argument, in the order in which they are looked at.
struct WordPart {
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

Outcome IfEqual(Operator op, bool last) {
  if (!last) return Outcome::kOtherWordDecides;
  const bool holds = op != Operator::kNotEqual && op != Operator::kLess && op != Operator::kGreater;
  return holds ? Outcome::kHolds : Outcome::kFails;
}

// `last`: all other words are equal to the condition's.
Outcome OutcomeOf(Operator op, std::uint32_t value, std::uint32_t wanted, bool last) {
  if (value == wanted) return IfEqual(op, last);
  const bool above = value > wanted;
  bool holds = false;
  switch (op) {
    case Operator::kEqual:
    case Operator::kMaskedEqual:
      break;
    case Operator::kNotEqual:
      holds = true;
      break;
    case Operator::kLess:
    case Operator::kLessOrEqual:
      holds = !above;
      break;
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
      holds = above;
      break;
  }
  return holds ? Outcome::kHolds : Outcome::kFails;
}

// What is still to be learnt of a clause's condition on the argument in hand.
enum class Stage : std::uint8_t { kDone, kSecondWord, kFirstWord };

struct Pending {
  std::uint32_t clause = 0;
  Stage stage = Stage::kDone;

  friend auto operator<=>(const Pending&, const Pending&) = default;
};

class Builder {
 public:
  // Takes from `effort`, and from Build() comes std::nullopt where that does not suffice.
  Builder(kernel::Architecture architecture, std::span<const Clause> clauses, NodeId otherwise,
          std::size_t& effort, DecisionGraph& graph)
      : big_endian_(kernel::Facts(architecture).big_endian),
        is_64_bit_(policy::ArgumentBits(architecture) == 64),
        clauses_(clauses),
        otherwise_(otherwise),
        effort_(effort),
        graph_(graph) {
    by_argument_.resize(clauses.size());
    for (std::size_t i = 0; i < clauses.size(); ++i) {
      for (const Condition& condition : clauses[i].conditions) {
        by_argument_[i][condition.arg_index] = &condition;
        if (!IsEquality(condition.op)) has_order_[condition.arg_index] = true;
      }
    }
  }

  std::optional<NodeId> Build() {
    std::vector<Pending> all;
    for (std::uint32_t i = 0; i < clauses_.size(); ++i) all.push_back({i, Stage::kDone});
    const NodeId node = FromArgument(0, std::move(all));
    return exhausted_ ? std::nullopt : std::optional(node);
  }

 private:
  struct State {
    std::size_t argument = 0;
    std::vector<Pending> clauses;

    friend auto operator<=>(const State&, const State&) = default;
  };

  // Ordered comparisons need the high word first; equalities fail sooner by the low one.
  bool HighFirst(std::size_t argument) const { return has_order_[argument]; }

  WordPart PartOf(const Condition& condition, bool high) const {
    return high ? WordPart{High(condition.mask), High(condition.value)}
                : WordPart{Low(condition.mask), Low(condition.value)};
  }
  bool IsHigh(std::size_t argument, Stage stage) const {
    return HighFirst(argument) == (stage == Stage::kFirstWord);
  }
  std::uint8_t WordOf(std::size_t argument, bool high) const {
    return static_cast<std::uint8_t>(kArgumentWord + 2 * argument +
                                     (high == big_endian_ ? 0U : 1U));
  }

  // The clauses before the argument is looked at.
  NodeId FromArgument(std::size_t argument, std::vector<Pending> clauses) {
    if (clauses.empty()) return otherwise_;
    for (const Pending& pending : clauses) {
      const auto& conditions = by_argument_[pending.clause];
      if (std::all_of(conditions.begin() + static_cast<std::ptrdiff_t>(argument), conditions.end(),
                      [](const Condition* condition) { return condition == nullptr; })) {
        return graph_.Return(kernel::ToRet(clauses_[pending.clause].verdict));
      }
    }
    for (Pending& pending : clauses) {
      if (by_argument_[pending.clause][argument] != nullptr) pending.stage = Stage::kFirstWord;
    }
    return Decide({argument, std::move(clauses)});
  }

  NodeId Decide(State state) {
    if (exhausted_) return otherwise_;
    // All first words before any second one.
    const auto next = std::ranges::max_element(state.clauses, {}, &Pending::stage);
    if (next == state.clauses.end() || next->stage == Stage::kDone) {
      return FromArgument(state.argument + 1, std::move(state.clauses));
    }
    if (const auto known = known_.find(state); known != known_.end()) return known->second;
    const NodeId node = TestWord(state, next->stage);
    known_.emplace(std::move(state), node);
    return node;
  }

  NodeId TestWord(const State& state, Stage stage) {
    const bool high = IsHigh(state.argument, stage);
    const auto part_of = [&](const Pending& pending) {
      return PartOf(*by_argument_[pending.clause][state.argument], high);
    };
    const auto next = std::ranges::find(state.clauses, stage, &Pending::stage);
    const std::uint32_t mask = part_of(*next).mask;
    // Between these values every condition with the mask says the same.
    std::vector<std::uint32_t> edges = {0};
    for (const Pending& pending : state.clauses) {
      if (pending.stage != stage || part_of(pending).mask != mask) continue;
      edges.push_back(part_of(pending).value);
      if (edges.back() != UINT32_MAX) edges.push_back(edges.back() + 1);
    }
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    if (mask == 0 || (high && !is_64_bit_)) edges = {0};  // the word is as good as zero
    std::vector<Range> ranges;
    ranges.reserve(edges.size());
    for (const std::uint32_t edge : edges) {
      ranges.push_back({edge, Decide({state.argument, After(state, stage, mask, edge)}), 1});
    }
    return SearchTree({WordOf(state.argument, high), mask}, std::move(ranges), graph_);
  }

  // The clauses left once the word, masked, is known to be `value`.
  std::vector<Pending> After(const State& state, Stage stage, std::uint32_t mask,
                             std::uint32_t value) {
    constexpr std::size_t kState = 256;  // what keeping it costs beside its clauses
    const std::size_t cost = kState + state.clauses.size();
    exhausted_ = exhausted_ || effort_ < cost;
    effort_ -= std::min(effort_, cost);
    const bool high = IsHigh(state.argument, stage);
    const bool last = stage == Stage::kSecondWord;
    std::vector<Pending> after;
    for (Pending pending : state.clauses) {
      if (pending.stage == stage) {
        const Condition& condition = *by_argument_[pending.clause][state.argument];
        const WordPart part = PartOf(condition, high);
        if (part.mask == mask) {
          const Outcome outcome = OutcomeOf(condition.op, value, part.value, last);
          if (outcome == Outcome::kFails) continue;
          pending.stage = outcome == Outcome::kHolds ? Stage::kDone : Stage::kSecondWord;
        }
      }
      after.push_back(pending);
    }
    return after;
  }

  bool big_endian_;
  bool is_64_bit_;
  std::span<const Clause> clauses_;
  NodeId otherwise_;
  std::size_t& effort_;
  DecisionGraph& graph_;
  bool exhausted_ = false;
  // By clause and argument: an argument has one condition at most in a clause.
  std::vector<std::array<const Condition*, policy::kArguments>> by_argument_;
  std::array<bool, policy::kArguments> has_order_{};
  std::map<State, NodeId> known_;
};

}  // namespace

NodeId ArgumentGraph(kernel::Architecture architecture, const policy::CallPolicy& call,
                     NodeId otherwise, DecisionGraph& graph, Effort& effort) {
  // The most frequent calls, and without conflicts no other clause has a say.
  const auto always = std::ranges::find_if(
      call.clauses, [](const Clause& clause) { return clause.conditions.empty(); });
  if (always != call.clauses.end()) return graph.Return(kernel::ToRet(always->verdict));
  const std::size_t most = std::min(effort.left, effort.a_call);
  std::size_t left = most;
  const auto whole = Builder(architecture, call.clauses, otherwise, left, graph).Build();
  effort.left -= most - left;
  if (whole) return *whole;
  NodeId node = otherwise;
  for (std::size_t i = call.clauses.size(); i-- > 0;) {
    const std::span<const Clause> one = std::span(call.clauses).subspan(i, 1);
    std::size_t enough = effort.a_call;
    node = *Builder(architecture, one, node, enough, graph).Build();
  }
  return node;
}

}  // namespace schema::filter
