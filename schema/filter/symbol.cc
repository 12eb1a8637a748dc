#include "schema/filter/symbol.h"

#include <linux/filter.h>

#include <algorithm>
#include <bit>

namespace schema::filter {
namespace {

using policy::Relation;

constexpr std::uint32_t kAllBits = 0xFFFFFFFF;
constexpr std::uint32_t kTop = 0x80000000;

std::uint32_t Move(std::uint32_t bits, int shift) {
  if (shift <= -32 || shift >= 32) return 0;
  return shift >= 0 ? bits << shift : bits >> -shift;
}

}  // namespace

Symbol Symbol::Constant(std::uint32_t value) {
  Symbol symbol;
  symbol.flip_ = value;
  return symbol;
}

Symbol Symbol::Word(std::uint32_t word) {
  Symbol symbol;
  symbol.word_ = static_cast<std::uint8_t>(word);
  symbol.mask_ = kAllBits;
  return symbol;
}

Symbol Symbol::Unknown(std::size_t at) {
  Symbol symbol;
  symbol.unknown_ = true;
  symbol.since_ = at;
  return symbol;
}

std::optional<std::uint32_t> Symbol::constant() const {
  if (unknown_ || mask_ != 0) return std::nullopt;
  return ValueFor(0);
}

std::uint32_t Symbol::ValueFor(std::uint32_t word) const {
  const std::uint32_t inner = Move(word & mask_, shift_) ^ flip_;
  return negative_ ? addend_ - inner : addend_ + inner;
}

std::uint32_t Symbol::MovedMask() const { return Move(mask_, shift_); }

Symbol Symbol::Normalized() const {
  return !unknown_ && mask_ == 0 ? Constant(ValueFor(0)) : *this;
}

Symbol Symbol::Add(std::uint32_t value) const {
  Symbol sum = *this;
  // Without a carry, adding is turning zeros to ones.
  if (is_plain() && ((MovedMask() | flip_) & value) == 0) {
    sum.flip_ |= value;
  } else {
    sum.addend_ += value;
  }
  return sum;
}

Symbol Symbol::SubtractedFrom(std::uint32_t value) const {
  Symbol difference = *this;
  difference.negative_ = !negative_;
  difference.addend_ = value - addend_;
  return difference.Normalized();
}

Symbol Symbol::Mask(std::uint32_t bits) const {
  Symbol masked = *this;
  masked.mask_ &= Move(bits, -shift_);
  masked.flip_ &= bits;
  return masked;
}

Symbol Symbol::Or(std::uint32_t bits) const {
  Symbol set = Mask(~bits);
  set.flip_ |= bits;
  return set;
}

Symbol Symbol::ShiftLeft(std::uint32_t bits) const {
  Symbol moved = *this;
  moved.mask_ = Move(MovedMask() & (kAllBits >> bits), -shift_);
  moved.shift_ += static_cast<int>(bits);
  moved.flip_ <<= bits;
  moved.addend_ <<= bits;
  return moved;
}

Symbol Symbol::ShiftRight(std::uint32_t bits) const {
  Symbol moved = *this;
  moved.mask_ = Move(MovedMask() & (kAllBits << bits), -shift_);
  moved.shift_ -= static_cast<int>(bits);
  moved.flip_ >>= bits;
  return moved;
}

Symbol Symbol::Calculate(std::uint16_t operation, std::uint32_t operand, std::size_t at) const {
  if (unknown_) return *this;
  const Symbol symbol = Normalized();
  const bool plain = symbol.is_plain();
  const bool power = std::has_single_bit(operand);
  const auto exponent = static_cast<std::uint32_t>(std::countr_zero(operand));
  switch (operation) {
    case BPF_ADD:
      return symbol.Add(operand).Normalized();
    case BPF_SUB:
      return symbol.Add(0U - operand).Normalized();
    case BPF_NEG:
      return symbol.SubtractedFrom(0);
    case BPF_MUL:
      if (operand == 0) return Constant(0);
      if (power) return symbol.ShiftLeft(exponent).Normalized();
      if (symbol.constant()) return Constant(*symbol.constant() * operand);
      return Unknown(at);
    case BPF_DIV:
      if (symbol.constant()) return Constant(*symbol.constant() / operand);
      if (plain && power) return symbol.ShiftRight(exponent).Normalized();
      return Unknown(at);
    case BPF_LSH:
      return symbol.ShiftLeft(operand).Normalized();
    default:
      break;
  }
  if (operation == BPF_AND && operand == 0) return Constant(0);
  if (!plain) return Unknown(at);
  switch (operation) {
    case BPF_AND:
      return symbol.Mask(operand).Normalized();
    case BPF_OR:
      return symbol.Or(operand).Normalized();
    case BPF_XOR: {
      Symbol turned = symbol;
      turned.flip_ ^= operand;
      return turned;
    }
    case BPF_RSH:
      return symbol.ShiftRight(operand).Normalized();
    default:
      return Unknown(at);
  }
}

std::optional<std::vector<Case>> Symbol::CasesOf(std::uint16_t operation, std::uint32_t k,
                                                 bool taken) const {
  if (unknown_) return std::nullopt;
  switch (operation) {
    case BPF_JEQ:
      return Equal(k, taken);
    case BPF_JSET: {
      const Symbol masked = Calculate(BPF_AND, k, 0);
      if (masked.unknown_) return std::nullopt;
      return masked.Equal(0, !taken);
    }
    case BPF_JGT:
      if (!taken) return InRange(0, k);
      if (k == UINT32_MAX) return std::vector<Case>();
      return InRange(k + 1, UINT32_MAX);
    case BPF_JGE:
      if (taken) return InRange(k, UINT32_MAX);
      if (k == 0) return std::vector<Case>();
      return InRange(0, k - 1);
    default:
      return std::nullopt;
  }
}

std::vector<Case> Symbol::Equal(std::uint32_t value, bool equal) const {
  const std::uint32_t inner = negative_ ? addend_ - value : value - addend_;
  const std::optional<Case> same = PrefixEqual(inner, kAllBits);
  const bool always = same && same->empty();
  if (!same || always) return always == equal ? std::vector<Case>{{}} : std::vector<Case>();
  Case only = *same;
  if (!equal) only.front().relation = Relation::kNotEqual;
  return {only};
}

// Adding a constant turns the circle of the numbers: the range may become one that goes over the
// end.
std::vector<Case> Symbol::InRange(std::uint32_t first, std::uint32_t last) const {
  if (first == 0 && last == UINT32_MAX) return {{}};
  const std::uint32_t low = negative_ ? addend_ - last : first - addend_;
  const std::uint32_t high = negative_ ? addend_ - first : last - addend_;
  if (low <= high) return PlainInRange(low, high);
  std::vector<Case> cases = PlainInRange(0, high);
  const std::vector<Case> upper = PlainInRange(low, UINT32_MAX);
  cases.insert(cases.end(), upper.begin(), upper.end());
  return cases;
}

std::vector<Case> Symbol::PlainInRange(std::uint32_t first, std::uint32_t last) const {
  if (mask_ == 0)
    return flip_ >= first && flip_ <= last ? std::vector<Case>{{}} : std::vector<Case>();
  if (flip_ == 0) {
    // Moving keeps the order: the bounds are moved instead.
    Case both;
    std::uint64_t low = first;
    std::uint64_t high = last;
    if (shift_ >= 0) {
      low = (low + (std::uint64_t{1} << shift_) - 1) >> shift_;
      high >>= shift_;
    } else {
      low <<= -shift_;
      high <<= -shift_;
    }
    if (low > 0) both.push_back({Relation::kGreaterOrEqual, mask_, low});
    if (last < UINT32_MAX) both.push_back({Relation::kLessOrEqual, mask_, high});
    return {both};
  }
  std::vector<Case> cases;
  for (const Case& above : first == 0 ? std::vector<Case>{{}} : Above(first, true)) {
    for (const Case& below : last == UINT32_MAX ? std::vector<Case>{{}} : Above(last, false)) {
      Case both = above;
      both.insert(both.end(), below.begin(), below.end());
      cases.push_back(std::move(both));
    }
  }
  return cases;
}

// Some bits are turned round, which does not keep the order. Equal, or equal down to a bit and
// there on the right side.
std::vector<Case> Symbol::Above(std::uint32_t bound, bool above) const {
  std::vector<Case> cases;
  for (std::uint32_t bit = kTop; bit != 0; bit >>= 1U) {
    if (((bound & bit) != 0) == above) continue;
    const std::uint32_t prefix = ~(bit - 1);
    if (auto some = PrefixEqual(bound ^ bit, prefix)) cases.push_back(std::move(*some));
  }
  if (auto same = PrefixEqual(bound, kAllBits)) cases.push_back(std::move(*same));
  return cases;
}

// Without the addend: std::nullopt, never. At most one test.
std::optional<Case> Symbol::PrefixEqual(std::uint32_t value, std::uint32_t prefix) const {
  const std::uint32_t wanted = (value ^ flip_) & prefix;
  if ((wanted & ~MovedMask()) != 0) return std::nullopt;
  const std::uint32_t mask = Move(MovedMask() & prefix, -shift_);
  if (mask == 0) return Case();
  return Case{{Relation::kEqual, mask, Move(wanted, -shift_)}};
}

}  // namespace schema::filter
