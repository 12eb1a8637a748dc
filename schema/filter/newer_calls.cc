#include "schema/filter/newer_calls.h"

#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "schema/filter/instruction.h"

namespace schema::filter {
namespace {

using Block = std::vector<sock_filter>;

constexpr std::uint8_t kHolds = 0xFE;  // in jt and jf until the block's length is known
constexpr std::uint8_t kFails = 0xFF;

std::uint32_t Low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t High(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32U); }

// The comparison of one argument, a word at a time.
class Comparison {
 public:
  Comparison(kernel::Architecture architecture, const policy::Condition& condition)
      : condition_(condition),
        big_endian_(kernel::Facts(architecture).big_endian),
        is_64_bit_(policy::ArgumentBits(architecture) == 64) {}

  void AppendTo(Block& block) {
    block_ = &block;
    switch (condition_.op) {
      case kernel::Operator::kEqual:
      case kernel::Operator::kMaskedEqual:
        return Equal(kHolds, kFails);
      case kernel::Operator::kNotEqual:
        return Equal(kFails, kHolds);
      case kernel::Operator::kGreater:
        return Ordered(kJumpIfGreater, kHolds, kFails);
      case kernel::Operator::kGreaterOrEqual:
        return Ordered(kJumpIfNotLess, kHolds, kFails);
      case kernel::Operator::kLess:
        return Ordered(kJumpIfNotLess, kFails, kHolds);
      case kernel::Operator::kLessOrEqual:
        return Ordered(kJumpIfGreater, kFails, kHolds);
    }
  }

 private:
  void Load(bool high) {
    const std::size_t offset = offsetof(seccomp_data, args) +
                               condition_.arg_index * sizeof(seccomp_data::args[0]) +
                               (high == big_endian_ ? 0U : 4U);
    block_->push_back({kLoadWord, 0, 0, static_cast<std::uint32_t>(offset)});
    const std::uint32_t mask = high ? High(condition_.mask) : Low(condition_.mask);
    if (condition_.op == kernel::Operator::kMaskedEqual && mask != ~std::uint32_t{0}) {
      block_->push_back({kAnd, 0, 0, mask});
    }
  }

  void Equal(std::uint8_t if_equal, std::uint8_t otherwise) {
    if (is_64_bit_) {
      Load(true);
      block_->push_back({kJumpIfEqual, 0, otherwise, High(condition_.value)});
    }
    Load(false);
    block_->push_back({kJumpIfEqual, if_equal, otherwise, Low(condition_.value)});
  }

  // `jump` compares the low words where the high ones are equal.
  void Ordered(std::uint16_t jump, std::uint8_t if_so, std::uint8_t otherwise) {
    if (is_64_bit_) {
      Load(true);
      block_->push_back({kJumpIfGreater, if_so, 0, High(condition_.value)});
      block_->push_back({kJumpIfEqual, 0, otherwise, High(condition_.value)});
    }
    Load(false);
    block_->push_back({jump, if_so, otherwise, Low(condition_.value)});
  }

  const policy::Condition& condition_;
  bool big_endian_;
  bool is_64_bit_;
  Block* block_ = nullptr;
};

// Replaces the marks of jumps by distances: from instruction `i` to `holds` or `fails`.
void Resolve(std::uint8_t& jump, std::size_t i, std::size_t holds, std::size_t fails) {
  if (jump == kHolds) jump = static_cast<std::uint8_t>(holds - i - 1);
  if (jump == kFails) jump = static_cast<std::uint8_t>(fails - i - 1);
}

// Returns the clause's verdict where its conditions hold, and falls through where not. At most 6
// conditions of 6 instructions: every jump fits into 8 bits.
Block ClauseBlock(kernel::Architecture architecture, const policy::Clause& clause) {
  Block block;
  std::vector<std::size_t> ends;  // of each condition
  for (const policy::Condition& condition : clause.conditions) {
    Comparison(architecture, condition).AppendTo(block);
    ends.push_back(block.size());
  }
  block.push_back({kReturn, 0, 0, kernel::ToRet(clause.verdict)});
  std::size_t i = 0;
  for (const std::size_t end : ends) {
    for (; i < end; ++i) {
      if (BPF_CLASS(block[i].code) != BPF_JMP) continue;
      Resolve(block[i].jt, i, end, block.size());
      Resolve(block[i].jf, i, end, block.size());
    }
  }
  return block;
}

// Decides the call if the accumulator holds its number, and falls through if not.
Block CallBlock(const NewerCall& newer, kernel::Verdict otherwise) {
  Block decision;
  bool always = false;
  for (const policy::Clause& clause : newer.call->clauses) {
    const Block block = ClauseBlock(newer.architecture, clause);
    decision.insert(decision.end(), block.begin(), block.end());
    always = always || clause.conditions.empty();
  }
  if (!always) decision.push_back({kReturn, 0, 0, kernel::ToRet(otherwise)});
  Block block = {{kJumpIfEqual, 1, 0, newer.call->number},
                 {kJump, 0, 0, static_cast<std::uint32_t>(decision.size())}};
  block.insert(block.end(), decision.begin(), decision.end());
  return block;
}

}  // namespace

void PrependNewerCalls(std::span<const NewerCall> calls, kernel::Verdict otherwise,
                       std::vector<sock_filter>& program) {
  std::map<std::uint32_t, Block> by_token;
  for (const NewerCall& newer : calls) {
    Block& blocks = by_token[kernel::Facts(newer.architecture).audit_token];
    if (blocks.empty()) blocks.push_back({kLoadWord, 0, 0, offsetof(seccomp_data, nr)});
    const Block block = CallBlock(newer, otherwise);
    blocks.insert(blocks.end(), block.begin(), block.end());
  }
  Block prefix;
  for (const auto& [token, block] : by_token) {
    const auto length = static_cast<std::uint32_t>(block.size());
    prefix.push_back({kLoadWord, 0, 0, offsetof(seccomp_data, arch)});
    prefix.push_back({kJumpIfEqual, 1, 0, token});
    prefix.push_back({kJump, 0, 0, length});
    prefix.insert(prefix.end(), block.begin(), block.end());
  }
  program.insert(program.begin(), prefix.begin(), prefix.end());
}

}  // namespace schema::filter
