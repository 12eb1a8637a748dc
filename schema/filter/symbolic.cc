#include "schema/filter/symbolic.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace schema::filter {
namespace {

using policy::Comparison;
using policy::Relation;

constexpr std::uint32_t kDataBytes = 64;  // sizeof(struct seccomp_data)
constexpr std::uint32_t kAllBits = 0xFFFFFFFF;

enum class Origin : std::uint8_t { kConstant, kNumber, kArchitecture, kLowWord, kHighWord };

// A register or cell: a constant, or a word of seccomp_data with some bits masked out.
struct Symbol {
  Origin origin = Origin::kConstant;
  std::uint8_t variable = 0;   // kLowWord, kHighWord
  std::uint32_t constant = 0;  // kConstant
  std::uint32_t mask = kAllBits;
};

struct Machine {
  Symbol a;
  Symbol x;
  std::array<Symbol, BPF_MEMWORDS> memory{};
};

// One branch of a conditional jump.
struct Test {
  Relation relation;
  std::uint32_t mask;
  std::uint32_t value;
};

Error Bad(ErrorCode code, std::size_t at, const std::string& why) {
  return {code, "instruction " + std::to_string(at) + ": " + why, 0};
}

// What `k` of an instruction loads; std::nullopt: outside seccomp_data.
std::optional<Symbol> WordAt(std::uint32_t offset, bool big_endian) {
  if (offset % 4 != 0 || offset >= kDataBytes) return std::nullopt;
  if (offset == 0) return Symbol{Origin::kNumber, 0, 0, kAllBits};
  if (offset == 4) return Symbol{Origin::kArchitecture, 0, 0, kAllBits};
  const bool first_word = offset % 8 == 0;
  const Origin origin = first_word == big_endian ? Origin::kHighWord : Origin::kLowWord;
  const bool pointer = offset < 16;
  const auto variable =
      pointer ? kInstructionPointer : static_cast<std::uint8_t>((offset - 16) / 8);
  return Symbol{origin, variable, 0, kAllBits};
}

bool Compare(Relation relation, std::uint32_t a, std::uint32_t b) {
  switch (relation) {
    case Relation::kEqual:
      return a == b;
    case Relation::kNotEqual:
      return a != b;
    case Relation::kLess:
      return a < b;
    case Relation::kLessOrEqual:
      return a <= b;
    case Relation::kGreater:
      return a > b;
    case Relation::kGreaterOrEqual:
      return a >= b;
  }
  return false;
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

class Explorer {
 public:
  Explorer(std::span<const sock_filter> program, bool big_endian, std::size_t max_paths,
           const std::function<bool(const Path&)>& visit)
      : program_(program), big_endian_(big_endian), paths_left_(max_paths), visit_(visit) {}

  // Runs from instruction `at` to every return. An Error or a refusal of the visitor ends it all.
  Status Run(std::size_t at, Machine machine, Path path) {
    for (; at < program_.size(); ++at) {
      const sock_filter& instruction = program_[at];
      switch (BPF_CLASS(instruction.code)) {
        case BPF_JMP:
          return Jump(at, machine, std::move(path));
        case BPF_RET:
          return Return(at, machine, path);
        default:
          if (Status status = Step(at, machine); !status) return status;
      }
    }
    return Bad(ErrorCode::kInvalid, at, "the program ends without a return");
  }

 private:
  Status Return(std::size_t at, const Machine& machine, Path& path) {
    if (paths_left_-- == 0) return Bad(ErrorCode::kLimit, at, "too many paths lead here");
    const bool by_a = BPF_RVAL(program_[at].code) == BPF_A;
    if (by_a && machine.a.origin != Origin::kConstant) {
      return Bad(ErrorCode::kUnsupported, at, "returns what it has loaded");
    }
    path.ret = by_a ? machine.a.constant : program_[at].k;
    stopped_ = !visit_(path);
    return {};
  }

  Status Step(std::size_t at, Machine& machine) const {
    const sock_filter& instruction = program_[at];
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD:
        return Load(at, machine, machine.a);
      case BPF_LDX:
        return Load(at, machine, machine.x);
      case BPF_ST:
      case BPF_STX:
        if (instruction.k >= BPF_MEMWORDS) return Bad(ErrorCode::kInvalid, at, "no such cell");
        machine.memory[instruction.k] =
            BPF_CLASS(instruction.code) == BPF_ST ? machine.a : machine.x;
        return {};
      case BPF_MISC:
        (BPF_MISCOP(instruction.code) == BPF_TAX ? machine.x : machine.a) =
            BPF_MISCOP(instruction.code) == BPF_TAX ? machine.a : machine.x;
        return {};
      default:
        return Mask(at, machine);
    }
  }

  Status Load(std::size_t at, const Machine& machine, Symbol& target) const {
    const sock_filter& instruction = program_[at];
    if (BPF_SIZE(instruction.code) != BPF_W) {
      return Bad(ErrorCode::kInvalid, at, "only words can be loaded");
    }
    switch (BPF_MODE(instruction.code)) {
      case BPF_ABS: {
        const auto word = WordAt(instruction.k, big_endian_);
        if (!word) return Bad(ErrorCode::kInvalid, at, "loads outside seccomp_data");
        target = *word;
        return {};
      }
      case BPF_IMM:
        target = {Origin::kConstant, 0, instruction.k, kAllBits};
        return {};
      case BPF_LEN:
        target = {Origin::kConstant, 0, kDataBytes, kAllBits};
        return {};
      case BPF_MEM:
        if (instruction.k >= BPF_MEMWORDS) return Bad(ErrorCode::kInvalid, at, "no such cell");
        target = machine.memory[instruction.k];
        return {};
      default:
        return Bad(ErrorCode::kInvalid, at, "this way of loading is not for seccomp");
    }
  }

  // The one calculation that filters need: AND with a constant.
  Status Mask(std::size_t at, Machine& machine) const {
    const sock_filter& instruction = program_[at];
    const bool by_x = BPF_SRC(instruction.code) == BPF_X;
    if (BPF_OP(instruction.code) != BPF_AND || (by_x && machine.x.origin != Origin::kConstant)) {
      return Bad(ErrorCode::kUnsupported, at, "calculates with what it has loaded");
    }
    const std::uint32_t mask = by_x ? machine.x.constant : instruction.k;
    machine.a.constant &= mask;
    machine.a.mask &= mask;
    return {};
  }

  Status Jump(std::size_t at, const Machine& machine, Path path) {
    const sock_filter& instruction = program_[at];
    if (BPF_OP(instruction.code) == BPF_JA) {
      return Run(at + 1 + instruction.k, machine, std::move(path));
    }
    const bool by_x = BPF_SRC(instruction.code) == BPF_X;
    if (by_x && machine.x.origin != Origin::kConstant) {
      return Bad(ErrorCode::kUnsupported, at, "compares two words that it has loaded");
    }
    const std::uint32_t k = by_x ? machine.x.constant : instruction.k;
    Test test{Relation::kEqual, kAllBits, k};
    switch (BPF_OP(instruction.code)) {
      case BPF_JEQ:
        break;
      case BPF_JGT:
        test.relation = Relation::kGreater;
        break;
      case BPF_JGE:
        test.relation = Relation::kGreaterOrEqual;
        break;
      case BPF_JSET:
        test = {Relation::kNotEqual, k, 0};
        break;
      default:
        return Bad(ErrorCode::kInvalid, at, "unknown jump");
    }
    if (Status status = Branch(at, machine, path, test, instruction.jt); !status) return status;
    if (stopped_) return {};
    test.relation = policy::Opposite(test.relation);
    return Branch(at, machine, path, test, instruction.jf);
  }

  // Goes on by `offset` with what the test says of A, unless no call does.
  Status Branch(std::size_t at, const Machine& machine, Path path, Test test, std::uint8_t offset) {
    const std::uint32_t mask = machine.a.mask & test.mask;
    const bool whole_word = mask == kAllBits;
    switch (machine.a.origin) {
      case Origin::kConstant:
        if (!Compare(test.relation, machine.a.constant & test.mask, test.value)) return {};
        break;
      case Origin::kNumber:
      case Origin::kArchitecture: {
        if (!whole_word)
          return Bad(ErrorCode::kUnsupported, at, "masks the number or architecture");
        IntervalSet& set = machine.a.origin == Origin::kNumber ? path.numbers : path.architectures;
        set = Narrow(set, test.relation, test.value);
        if (set.empty()) return {};
        break;
      }
      case Origin::kLowWord:
      case Origin::kHighWord: {
        const unsigned shift = machine.a.origin == Origin::kHighWord ? 32 : 0;
        path.comparisons.push_back({machine.a.variable, test.relation, std::uint64_t{mask} << shift,
                                    std::uint64_t{test.value} << shift});
        if (!policy::FindValues(path.comparisons, kVariables, 64)) return {};
        break;
      }
    }
    return Run(at + 1 + offset, machine, std::move(path));
  }

  std::span<const sock_filter> program_;
  bool big_endian_;
  std::size_t paths_left_;
  const std::function<bool(const Path&)>& visit_;
  bool stopped_ = false;
};

}  // namespace

Status ForEachPath(std::span<const sock_filter> program, bool big_endian, std::size_t max_paths,
                   const std::function<bool(const Path&)>& visit) {
  return Explorer(program, big_endian, max_paths, visit).Run(0, {}, {});
}

}  // namespace schema::filter
