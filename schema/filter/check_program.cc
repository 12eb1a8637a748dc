#include "schema/filter/check_program.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/filter/filter.h"
#include "schema/filter/seccomp_data.h"

namespace schema::filter {
namespace {

Error Refused(std::size_t at, const std::string& why) {
  return {ErrorCode::kInvalid, "instruction " + std::to_string(at) + ": " + why, 0};
}

bool IsConditionalJump(std::uint16_t code) {
  return BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA;
}

// The list of seccomp_check_filter().
bool IsPermitted(std::uint16_t code) {
  switch (code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_RET | BPF_K:
    case BPF_RET | BPF_A:
    case BPF_ALU | BPF_ADD | BPF_K:
    case BPF_ALU | BPF_ADD | BPF_X:
    case BPF_ALU | BPF_SUB | BPF_K:
    case BPF_ALU | BPF_SUB | BPF_X:
    case BPF_ALU | BPF_MUL | BPF_K:
    case BPF_ALU | BPF_MUL | BPF_X:
    case BPF_ALU | BPF_DIV | BPF_K:
    case BPF_ALU | BPF_DIV | BPF_X:
    case BPF_ALU | BPF_AND | BPF_K:
    case BPF_ALU | BPF_AND | BPF_X:
    case BPF_ALU | BPF_OR | BPF_K:
    case BPF_ALU | BPF_OR | BPF_X:
    case BPF_ALU | BPF_XOR | BPF_K:
    case BPF_ALU | BPF_XOR | BPF_X:
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_LSH | BPF_X:
    case BPF_ALU | BPF_RSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_X:
    case BPF_ALU | BPF_NEG:
    case BPF_LD | BPF_IMM:
    case BPF_LDX | BPF_IMM:
    case BPF_MISC | BPF_TAX:
    case BPF_MISC | BPF_TXA:
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
    case BPF_JMP | BPF_JA:
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JEQ | BPF_X:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_X:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_X:
    case BPF_JMP | BPF_JSET | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_X:
      return true;
    default:
      return false;
  }
}

bool UsesMemory(std::uint16_t code) {
  return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM) || code == BPF_ST ||
         code == BPF_STX;
}

std::string Hex(std::uint16_t code) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[(code >> shift) & 0xF];
  return text;
}

Status CheckOperand(const sock_filter& instruction, std::size_t at) {
  const std::uint32_t k = instruction.k;
  switch (instruction.code) {
    case BPF_LD | BPF_W | BPF_ABS:
      if (k >= kDataBytes) return Refused(at, "loads outside seccomp_data");
      if (k % 4 != 0) return Refused(at, "loads an unaligned word");
      return {};
    case BPF_ALU | BPF_DIV | BPF_K:
      if (k == 0) return Refused(at, "divides by zero");
      return {};
    case BPF_ALU | BPF_LSH | BPF_K:
    case BPF_ALU | BPF_RSH | BPF_K:
      if (k >= 32) return Refused(at, "shifts by " + std::to_string(k) + " bits");
      return {};
    default:
      if (UsesMemory(instruction.code) && k >= BPF_MEMWORDS) {
        return Refused(at, "there is no cell " + std::to_string(k) + " of scratch memory");
      }
      return {};
  }
}

Status CheckJumps(std::span<const sock_filter> program, std::size_t at) {
  const sock_filter& instruction = program[at];
  const std::size_t left = program.size() - at - 1;
  const bool out = BPF_OP(instruction.code) == BPF_JA
                       ? instruction.k >= left
                       : instruction.jt >= left || instruction.jf >= left;
  if (BPF_CLASS(instruction.code) == BPF_JMP && out) {
    return Refused(at, "jumps out of the program");
  }
  return {};
}

// Every cell that is read was written, on whatever way to there.
Status CheckMemory(std::span<const sock_filter> program) {
  constexpr std::uint16_t kEveryCell = 0xFFFF;  // no way leads here, as far as seen
  std::vector<std::uint16_t> written(program.size(), kEveryCell);
  std::uint16_t valid = 0;
  const auto flows = [&](std::size_t to) { written[to] = written[to] & valid; };
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    valid &= written[at];
    const auto cell =
        static_cast<std::uint16_t>(UsesMemory(instruction.code) ? 1U << instruction.k : 0U);
    switch (BPF_CLASS(instruction.code)) {
      case BPF_ST:
      case BPF_STX:
        valid |= cell;
        break;
      case BPF_LD:
      case BPF_LDX:
        if ((cell & ~valid) != 0) {
          return Refused(at, "reads cell " + std::to_string(instruction.k) +
                                 " of scratch memory, which is not always written before");
        }
        break;
      case BPF_JMP:
        if (IsConditionalJump(instruction.code)) {
          flows(at + 1 + instruction.jt);
          flows(at + 1 + instruction.jf);
        } else {
          flows(at + 1 + instruction.k);
        }
        valid = kEveryCell;
        break;
      default:
        break;
    }
  }
  return {};
}

}  // namespace

Status CheckProgram(std::span<const sock_filter> program) {
  if (program.empty()) return Error{ErrorCode::kInvalid, "the program is empty", 0};
  if (program.size() > kMaxInstructions) {
    return Error{ErrorCode::kInvalid,
                 "the program has " + std::to_string(program.size()) +
                     " instructions; the kernel takes at most " + std::to_string(kMaxInstructions),
                 0};
  }
  for (std::size_t at = 0; at < program.size(); ++at) {
    if (!IsPermitted(program[at].code)) {
      return Refused(at, "seccomp does not permit the opcode " + Hex(program[at].code));
    }
    if (Status status = CheckOperand(program[at], at); !status) return status;
    if (Status status = CheckJumps(program, at); !status) return status;
  }
  if (BPF_CLASS(program.back().code) != BPF_RET) {
    return Refused(program.size() - 1, "the program does not end with a return");
  }
  return CheckMemory(program);
}

}  // namespace schema::filter
