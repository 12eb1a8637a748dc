#include "schema/filter/symbolic.h"

#include <bit>
#include <optional>
#include <string>
#include <utility>

#include "schema/filter/seccomp_data.h"
#include "schema/filter/symbol.h"

namespace schema::filter {
namespace {

using policy::Comparison;
using policy::Relation;

constexpr std::uint32_t kAllBits = 0xFFFFFFFF;
constexpr unsigned kWordBits = 32;

struct Machine {
  Symbol a = Symbol::Constant(0);
  Symbol x = Symbol::Constant(0);
  std::vector<Symbol> memory;  // empty until the first store
};

// A path that is still to be run from instruction `at`.
struct Pending {
  std::size_t at = 0;
  Machine machine;
  Path path;
};

Error Failed(ErrorCode code, std::size_t at, const std::string& why) {
  return {code, "instruction " + std::to_string(at) + ": " + why, 0};
}

// The numbers of `set` that compare so with `value`.
IntervalSet Narrow(const IntervalSet& set, Relation relation, std::uint32_t value) {
  switch (relation) {
    case Relation::kEqual:
      return set.Within(value, value);
    case Relation::kNotEqual:
      return set.Without(value, value);
    case Relation::kLess:
      return set.Without(value, UINT32_MAX);
    case Relation::kLessOrEqual:
      return set.Within(0, value);
    case Relation::kGreater:
      return set.Without(0, value);
    case Relation::kGreaterOrEqual:
      return set.Within(value, UINT32_MAX);
  }
  return set;
}

// The audit tokens, of architectures or of nobody: bit 30 is __AUDIT_ARCH_LE.
IntervalSet WithByteOrder(bool big_endian) {
  return big_endian ? IntervalSet({{0, 0x3FFFFFFF}, {0x80000000, 0xBFFFFFFF}})
                    : IntervalSet({{0x40000000, 0x7FFFFFFF}, {0xC0000000, 0xFFFFFFFF}});
}

class Explorer {
 public:
  Explorer(std::span<const sock_filter> program, bool big_endian, Budget& budget,
           const std::function<bool(const Path&)>& visit)
      : program_(program), big_endian_(big_endian), budget_(budget), visit_(visit) {}

  // The paths that wait are kept here and not on the stack: a program may nest 4096 jumps.
  Status Run() {
    pending_.emplace_back();
    pending_.back().path.architectures = WithByteOrder(big_endian_);
    while (!pending_.empty() && !stopped_) {
      Pending next = std::move(pending_.back());
      pending_.pop_back();
      if (Status status = RunToBranch(std::move(next)); !status) return status;
    }
    return {};
  }

 private:
  Status RunToBranch(Pending state) {
    for (;; ++state.at) {
      if (budget_.steps == 0) return Failed(ErrorCode::kLimit, state.at, "too many ways lead here");
      --budget_.steps;
      const sock_filter& instruction = program_[state.at];
      switch (BPF_CLASS(instruction.code)) {
        case BPF_JMP:
          if (BPF_OP(instruction.code) == BPF_JA) {
            state.at += instruction.k;
          } else if (instruction.jt == instruction.jf) {
            state.at += instruction.jt;
          } else {
            return Jump(state);
          }
          break;
        case BPF_RET:
          return Return(state);
        case BPF_LD:
          state.machine.a = Loaded(state.at, state.machine);
          break;
        case BPF_LDX:
          state.machine.x = Loaded(state.at, state.machine);
          break;
        case BPF_ALU: {
          auto ends = Calculate(state);
          if (!ends) return std::move(ends).error();
          if (*ends) return Visit(state.path, 0);
          break;
        }
        default:
          Store(instruction, state.machine);
          break;
      }
    }
  }

  Symbol Loaded(std::size_t at, const Machine& machine) const {
    const sock_filter& instruction = program_[at];
    switch (BPF_MODE(instruction.code)) {
      case BPF_ABS:
        return Symbol::Word(instruction.k / sizeof(std::uint32_t));
      case BPF_MEM:
        return machine.memory[instruction.k];
      case BPF_LEN:
        return Symbol::Constant(kDataBytes);
      default:
        return Symbol::Constant(instruction.k);
    }
  }

  static void Store(const sock_filter& instruction, Machine& machine) {
    if (BPF_CLASS(instruction.code) == BPF_MISC) {
      const bool to_x = BPF_MISCOP(instruction.code) == BPF_TAX;
      (to_x ? machine.x : machine.a) = to_x ? machine.a : machine.x;
      return;
    }
    machine.memory.resize(BPF_MEMWORDS);
    machine.memory[instruction.k] = BPF_CLASS(instruction.code) == BPF_ST ? machine.a : machine.x;
  }

  // True: the program ends here, by a division by zero.
  Result<bool> Calculate(Pending& state) const {
    const sock_filter& instruction = program_[state.at];
    const std::uint16_t operation = BPF_OP(instruction.code);
    const bool by_x = BPF_SRC(instruction.code) == BPF_X && operation != BPF_NEG;
    Symbol& a = state.machine.a;
    const Symbol x = by_x ? state.machine.x : Symbol::Constant(instruction.k);
    const auto operand = x.constant();
    const bool shifts = operation == BPF_LSH || operation == BPF_RSH;
    if (operation == BPF_DIV && !operand) {
      return Failed(ErrorCode::kUnsupported, state.at,
                    "cannot decide: divides by what it has loaded, which may be zero");
    }
    if (operation == BPF_DIV && *operand == 0) return true;
    if (shifts && operand && *operand >= kWordBits) {
      return Failed(ErrorCode::kUnsupported, state.at,
                    "cannot decide: shifts by " + std::to_string(*operand) +
                        " bits, which kernels do in different ways");
    }
    if (operand) {
      a = a.Calculate(operation, *operand, state.at);
    } else if (const auto constant = a.constant(); constant && !shifts) {
      // The other way round, which is the same but for a difference.
      a = operation == BPF_SUB ? x.SubtractedFrom(*constant)
                               : x.Calculate(operation, *constant, state.at);
    } else {
      a = Symbol::Unknown(state.at);
    }
    return false;
  }

  Status Jump(Pending& state) {
    const sock_filter& instruction = program_[state.at];
    const std::uint16_t operation = BPF_OP(instruction.code);
    const bool by_x = BPF_SRC(instruction.code) == BPF_X;
    const Symbol& x = state.machine.x;
    const std::optional<std::uint32_t> k = by_x ? x.constant() : instruction.k;
    const bool turned = !k && state.machine.a.constant();  // a constant A, compared with a word
    const Symbol& symbol = turned ? x : state.machine.a;
    // The branch that is put there last is run first.
    for (const bool taken : {false, true}) {
      const auto cases = turned ? TurnedCases(symbol, operation, *state.machine.a.constant(), taken)
                         : k    ? symbol.CasesOf(operation, *k, taken)
                                : std::nullopt;
      if (!cases) return CannotDecide(state, symbol, "jumps by");
      const std::uint8_t offset = taken ? instruction.jt : instruction.jf;
      for (const Case& tests : *cases) {
        const bool is_last = taken && &tests == &cases->back();
        Path path = is_last ? std::move(state.path) : state.path;
        auto possible = Narrowed(path, symbol.word(), tests);
        if (!possible) {
          return std::move(possible).error().While("instruction " + std::to_string(state.at));
        }
        if (*possible) pending_.push_back({state.at + 1 + offset, state.machine, std::move(path)});
      }
    }
    return {};
  }

  // Of a jump that compares the constant with the symbol.
  static std::optional<std::vector<Case>> TurnedCases(const Symbol& symbol, std::uint16_t operation,
                                                      std::uint32_t constant, bool taken) {
    switch (operation) {
      case BPF_JGT:  // constant > symbol
        return symbol.CasesOf(BPF_JGE, constant, !taken);
      case BPF_JGE:
        return symbol.CasesOf(BPF_JGT, constant, !taken);
      default:
        return symbol.CasesOf(operation, constant, taken);
    }
  }

  static Error CannotDecide(const Pending& state, const Symbol& symbol, const std::string& what) {
    std::string why = "cannot decide: " + what + " what it calculates of several loaded words";
    if (symbol.is_unknown()) {
      why = "cannot decide: " + what + " what instruction " +
            std::to_string(symbol.unknown_since()) + " calculates of loaded words";
    }
    return Failed(ErrorCode::kUnsupported, state.at, why);
  }

  // Adds the tests of the word to the path. False: no call meets them.
  Result<bool> Narrowed(Path& path, std::uint32_t word, const Case& tests) const {
    const std::size_t before = path.comparisons.size();
    for (const WordTest& test : tests) {
      if (test.value > kAllBits) {
        if (test.relation == Relation::kGreaterOrEqual) return false;
        continue;
      }
      const auto value = static_cast<std::uint32_t>(test.value);
      if (word <= kArchitectureWord && test.mask == kAllBits) {
        IntervalSet& set = word == kNumberWord ? path.numbers : path.architectures;
        set = Narrow(set, test.relation, value);
        if (set.empty()) return false;
        continue;
      }
      path.compares_sets = path.compares_sets || word <= kArchitectureWord;
      path.comparisons.push_back(Compare(word, test.relation, test.mask, value));
    }
    if (path.comparisons.size() == before) return true;
    // The other variables are not touched, and can be met as before.
    std::vector<Comparison> of_variable;
    for (const Comparison& comparison : path.comparisons) {
      if (comparison.variable == path.comparisons.back().variable)
        of_variable.push_back(comparison);
    }
    auto values = FindValues(of_variable, budget_);
    if (!values) return std::move(values).error();
    return values->has_value();
  }

  Comparison Compare(std::uint32_t word, Relation relation, std::uint32_t mask,
                     std::uint32_t value) const {
    if (word == kNumberWord) return {kNumber, relation, mask, value};
    if (word == kArchitectureWord) return {kArchitecture, relation, mask, value};
    const bool high = (word % 2 == 0) == big_endian_;
    const unsigned shift = high ? kWordBits : 0;
    const auto variable = word < kArgumentWord
                              ? kInstructionPointer
                              : static_cast<std::uint8_t>((word - kArgumentWord) / 2);
    return {variable, relation, std::uint64_t{mask} << shift, std::uint64_t{value} << shift};
  }

  Status Return(Pending& state) {
    const Symbol& a = state.machine.a;
    if (BPF_RVAL(program_[state.at].code) != BPF_A) {
      return Visit(std::move(state.path), program_[state.at].k);
    }
    if (const auto constant = a.constant()) return Visit(std::move(state.path), *constant);
    if (a.is_unknown()) return CannotDecide(state, a, "returns");
    // What it returns depends on some bits of a word: a path for each of their values.
    constexpr int kMostBits = 12;
    const std::uint32_t mask = a.mask();
    if (std::popcount(mask) > kMostBits) {
      return Failed(ErrorCode::kUnsupported, state.at,
                    "cannot decide: returns more than 12 bits of what it has loaded");
    }
    std::uint32_t value = 0;
    do {
      Path path = state.path;
      auto possible = Narrowed(path, a.word(), {{Relation::kEqual, mask, value}});
      if (!possible) return std::move(possible).error();
      if (*possible) {
        Status status = Visit(std::move(path), a.ValueFor(value));
        if (!status || stopped_) return status;
      }
      value = (value - mask) & mask;  // the next part of the mask
    } while (value != 0);
    return {};
  }

  Status Visit(Path path, std::uint32_t ret) {
    if (budget_.paths == 0) {
      return Error{ErrorCode::kLimit, "the program has too many paths to look at each", 0};
    }
    --budget_.paths;
    path.ret = ret;
    stopped_ = !visit_(path);
    return {};
  }

  std::span<const sock_filter> program_;
  bool big_endian_;
  Budget& budget_;
  const std::function<bool(const Path&)>& visit_;
  std::vector<Pending> pending_;
  bool stopped_ = false;
};

}  // namespace

Result<std::optional<std::vector<std::uint64_t>>> FindValues(
    std::span<const Comparison> comparisons, Budget& budget) {
  if (budget.steps <= comparisons.size()) {
    return Error{ErrorCode::kLimit, "too many comparisons to decide", 0};
  }
  budget.steps -= comparisons.size() + 1;
  return policy::FindValues(comparisons, kVariables, 64, budget.steps);
}

Status ForEachPath(std::span<const sock_filter> program, bool big_endian, Budget& budget,
                   const std::function<bool(const Path&)>& visit) {
  return Explorer(program, big_endian, budget, visit).Run();
}

}  // namespace schema::filter
