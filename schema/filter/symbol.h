// What a register or a cell of scratch memory holds while a program runs symbolically.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "schema/policy/satisfy.h"

namespace schema::filter {

// (word & mask) RELATION value, on a word of seccomp_data.
struct WordTest {
  policy::Relation relation = policy::Relation::kEqual;
  std::uint32_t mask = 0;
  std::uint64_t value = 0;  // may lie beyond 32 bits
};

// Tests that hold together.
using Case = std::vector<WordTest>;

// A constant, or one word of seccomp_data, its bits masked, moved, turned round, and a constant
// added to it or subtracted from it:
//
//     addend + (((word & mask) << shift) ^ flip)      negative: addend - (...)
//
// modulo 2^32; a negative shift moves to the right. What the instructions of classic BPF make of
// this has this form again, or it is unknown: sums of two words, products, quotients, masks of
// sums.
class Symbol {
 public:
  static Symbol Constant(std::uint32_t value);
  static Symbol Word(std::uint32_t word);
  // `at`: the instruction that made it so.
  static Symbol Unknown(std::size_t at);

  bool is_unknown() const { return unknown_; }
  std::size_t unknown_since() const { return since_; }
  std::optional<std::uint32_t> constant() const;
  std::uint32_t word() const { return word_; }
  // The bits of the word that it depends on.
  std::uint32_t mask() const { return mask_; }
  // What it is where the word is this.
  std::uint32_t ValueFor(std::uint32_t word) const;

  // `operation`: that of a BPF_ALU instruction, `operand`: its constant, which
  // the kernel would take (no division by 0, no shift by 32). Unknown where the form
  // above does not hold the result.
  Symbol Calculate(std::uint16_t operation, std::uint32_t operand, std::size_t at) const;
  Symbol SubtractedFrom(std::uint32_t value) const;

  // When a conditional jump by `operation` (BPF_JEQ, ...) with `k` is taken, or not taken: in any
  // of these cases, of which no two hold at once. An empty Case always holds; no Case: never.
  // std::nullopt: the form above is too weak for the test.
  std::optional<std::vector<Case>> CasesOf(std::uint16_t operation, std::uint32_t k,
                                           bool taken) const;

 private:
  bool is_plain() const { return addend_ == 0 && !negative_; }
  std::uint32_t MovedMask() const;
  Symbol Normalized() const;
  Symbol Add(std::uint32_t value) const;
  Symbol Mask(std::uint32_t bits) const;
  Symbol Or(std::uint32_t bits) const;
  Symbol ShiftLeft(std::uint32_t bits) const;
  Symbol ShiftRight(std::uint32_t bits) const;

  std::vector<Case> Equal(std::uint32_t value, bool equal) const;
  std::vector<Case> InRange(std::uint32_t first, std::uint32_t last) const;
  std::vector<Case> PlainInRange(std::uint32_t first, std::uint32_t last) const;
  std::vector<Case> Above(std::uint32_t bound, bool above) const;
  std::optional<Case> PrefixEqual(std::uint32_t value, std::uint32_t prefix) const;

  bool unknown_ = false;
  bool negative_ = false;
  std::uint8_t word_ = 0;
  int shift_ = 0;
  std::uint32_t mask_ = 0;
  std::uint32_t flip_ = 0;
  std::uint32_t addend_ = 0;
  std::size_t since_ = 0;
};

}  // namespace schema::filter
