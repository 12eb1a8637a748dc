#include "schema/filter/interpret.h"

#include <array>
#include <optional>
#include <string>

#include "schema/filter/seccomp_data.h"

namespace schema::filter {
namespace {

using Words = std::array<std::uint32_t, kDataWords>;

Words Lay(const policy::Call& call, std::uint64_t instruction_pointer) {
  Words words{};
  words[kNumberWord] = call.number;
  words[kArchitectureWord] = call.audit_token;
  const bool little_endian = IsLittleEndian(call.audit_token);
  const auto put = [&](std::size_t first, std::uint64_t value) {
    const auto low = static_cast<std::uint32_t>(value);
    const auto high = static_cast<std::uint32_t>(value >> 32U);
    words[first] = little_endian ? low : high;
    words[first + 1] = little_endian ? high : low;
  };
  put(kPointerWord, instruction_pointer);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    put(kArgumentWord + 2 * i, call.arguments[i]);
  }
  return words;
}

struct Machine {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
};

Error BadProgram(std::size_t at, const std::string& why) {
  return {ErrorCode::kInvalid, "instruction " + std::to_string(at) + ": " + why, 0};
}

// std::nullopt: an unknown operation. `operand` is not 0 where it divides.
std::optional<std::uint32_t> Calculate(std::uint16_t operation, std::uint32_t a,
                                       std::uint32_t operand) {
  switch (operation) {
    case BPF_ADD:
      return a + operand;
    case BPF_SUB:
      return a - operand;
    case BPF_MUL:
      return a * operand;
    case BPF_DIV:
      return a / operand;
    case BPF_AND:
      return a & operand;
    case BPF_OR:
      return a | operand;
    case BPF_XOR:
      return a ^ operand;
    case BPF_LSH:
      return a << (operand % 32);  // as Linux since 5.14 and all just-in-time compilers do
    case BPF_RSH:
      return a >> (operand % 32);
    case BPF_NEG:
      return 0U - a;
    default:
      return std::nullopt;
  }
}

// std::nullopt: not a conditional jump.
std::optional<bool> Compare(std::uint16_t operation, std::uint32_t a, std::uint32_t operand) {
  switch (operation) {
    case BPF_JEQ:
      return a == operand;
    case BPF_JGT:
      return a > operand;
    case BPF_JGE:
      return a >= operand;
    case BPF_JSET:
      return (a & operand) != 0;
    default:
      return std::nullopt;
  }
}

Status Load(const sock_filter& instruction, std::size_t at, const Words& words, Machine& machine) {
  const bool into_x = BPF_CLASS(instruction.code) == BPF_LDX;
  std::uint32_t& target = into_x ? machine.x : machine.a;
  if (BPF_SIZE(instruction.code) != BPF_W) return BadProgram(at, "only words can be loaded");
  switch (BPF_MODE(instruction.code)) {
    case BPF_ABS:
      if (into_x || instruction.k % 4 != 0 || instruction.k >= kDataBytes) {
        return BadProgram(at, "loads outside seccomp_data");
      }
      target = words[instruction.k / 4];
      return {};
    case BPF_IMM:
      target = instruction.k;
      return {};
    case BPF_LEN:
      target = kDataBytes;
      return {};
    case BPF_MEM:
      if (instruction.k >= BPF_MEMWORDS) return BadProgram(at, "no such memory cell");
      target = machine.memory[instruction.k];
      return {};
    default:
      return BadProgram(at, "this way of loading is not for seccomp");
  }
}

Status Store(const sock_filter& instruction, std::size_t at, Machine& machine) {
  if (instruction.k >= BPF_MEMWORDS) return BadProgram(at, "no such memory cell");
  machine.memory[instruction.k] = BPF_CLASS(instruction.code) == BPF_ST ? machine.a : machine.x;
  return {};
}

// The instruction to go on with.
Result<std::size_t> Jump(const sock_filter& instruction, std::size_t at, const Machine& machine) {
  if (BPF_OP(instruction.code) == BPF_JA) return at + 1 + instruction.k;
  const std::uint32_t operand = BPF_SRC(instruction.code) == BPF_X ? machine.x : instruction.k;
  const auto taken = Compare(BPF_OP(instruction.code), machine.a, operand);
  if (!taken) return BadProgram(at, "unknown jump");
  return at + 1 + (*taken ? instruction.jt : instruction.jf);
}

}  // namespace

Result<Execution> Interpret(std::span<const sock_filter> program, const policy::Call& call,
                            std::uint64_t instruction_pointer) {
  const Words words = Lay(call, instruction_pointer);
  Machine machine;
  std::size_t executed = 0;
  // Jumps only lead forward: the loop ends.
  for (std::size_t at = 0; at < program.size();) {
    const sock_filter& instruction = program[at];
    ++executed;
    Status status;
    std::size_t next = at + 1;
    switch (BPF_CLASS(instruction.code)) {
      case BPF_LD:
      case BPF_LDX:
        status = Load(instruction, at, words, machine);
        break;
      case BPF_ST:
      case BPF_STX:
        status = Store(instruction, at, machine);
        break;
      case BPF_ALU: {
        const bool by_x = BPF_SRC(instruction.code) == BPF_X;
        const std::uint16_t operation = BPF_OP(instruction.code);
        const std::uint32_t operand = by_x ? machine.x : instruction.k;
        const bool shifts = operation == BPF_LSH || operation == BPF_RSH;
        if (shifts && !by_x && operand >= 32) return BadProgram(at, "shifts too far");
        if (operation == BPF_DIV && operand == 0) {
          if (!by_x) return BadProgram(at, "divides by zero");
          return Execution{0, executed};  // bpf_convert_filter() ends the program so
        }
        const auto value = Calculate(operation, machine.a, operand);
        if (!value) return BadProgram(at, "unknown operation");
        machine.a = *value;
        break;
      }
      case BPF_JMP: {
        const auto target = Jump(instruction, at, machine);
        if (!target) return target.error();
        next = *target;
        break;
      }
      case BPF_RET:
        return Execution{BPF_RVAL(instruction.code) == BPF_A ? machine.a : instruction.k, executed};
      case BPF_MISC:
        if (BPF_MISCOP(instruction.code) == BPF_TAX) {
          machine.x = machine.a;
        } else {
          machine.a = machine.x;
        }
        break;
      default:
        return BadProgram(at, "unknown class");
    }
    if (!status) return std::move(status).error();
    at = next;
  }
  return BadProgram(program.size(), "the program ends without a return");
}

}  // namespace schema::filter
