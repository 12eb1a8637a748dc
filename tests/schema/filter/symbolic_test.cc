// Random programs of every instruction: each call takes exactly one path, and what the path returns
// is what the interpreter returns.

#include "schema/filter/symbolic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <random>
#include <vector>

#include "schema/filter/check_program.h"
#include "schema/filter/interpret.h"
#include "schema/filter/seccomp_data.h"
#include "tests/schema/policy/holds.h"

namespace schema::filter {
namespace {

using policy::Comparison;
using Program = std::vector<sock_filter>;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kPrograms = 20000;
#else
constexpr int kPrograms = 200000;
#endif

constexpr std::array<unsigned, 38> kCodes = {
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_ABS,  // as often as the others together would hide it
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_NEG,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JGT | BPF_X,
};

class Generator {
 public:
  std::uint32_t Below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_()) % bound; }

  std::uint32_t Constant() {
    switch (Below(5)) {
      case 0:
        return Below(8);
      case 1:
        return 1U << Below(32);
      case 2:
        return 0U - Below(8);
      case 3:
        return 0xFFFFFFFFU >> Below(32);
      default:
        return static_cast<std::uint32_t>(random_());
    }
  }

  Program NewProgram() {
    Program program(4 + Below(10));
    for (sock_filter& instruction : program) {
      instruction.code = static_cast<std::uint16_t>(kCodes[Below(kCodes.size())]);
      instruction.jt = static_cast<std::uint8_t>(Below(3));
      instruction.jf = static_cast<std::uint8_t>(Below(3));
      instruction.k = Constant();
      const auto kind = BPF_CLASS(instruction.code);
      const bool loads = instruction.code == (BPF_LD | BPF_W | BPF_ABS);
      const bool cells = BPF_MODE(instruction.code) == BPF_MEM && kind <= BPF_LDX;
      if (loads) instruction.k = 4 * Below(8);
      if (cells || kind == BPF_ST || kind == BPF_STX) instruction.k = Below(2);
      const auto operation = BPF_OP(instruction.code);
      if (kind == BPF_ALU && (operation == BPF_LSH || operation == BPF_RSH)) {
        instruction.k = Below(32);
      }
    }
    program.front() = {BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 * Below(8)};
    program.back() = {BPF_RET | BPF_K, 0, 0, Below(4)};
    return program;
  }

  // Around the constants of the program.
  std::uint32_t Word(const Program& program) {
    if (Below(3) == 0) return Constant();
    return program[Below(static_cast<std::uint32_t>(program.size()))].k + Below(3) - 1;
  }

 private:
  std::mt19937 random_{1};
};

bool Takes(const Path& path, const policy::Call& call, std::uint64_t pointer) {
  std::array<std::uint64_t, kVariables> values{};
  std::ranges::copy(call.arguments, values.begin());
  values[kInstructionPointer] = pointer;
  values[kNumber] = call.number;
  values[kArchitecture] = call.audit_token;
  return !path.numbers.Within(call.number, call.number).empty() &&
         !path.architectures.Within(call.audit_token, call.audit_token).empty() &&
         std::ranges::all_of(path.comparisons, [&](const Comparison& comparison) {
           return Holds(comparison, values[comparison.variable]);
         });
}

TEST(ForEachPath, AgreesWithTheInterpreter) {
  Generator generator;
  int decided = 0;
  int undecided = 0;
  std::size_t tried = 0;
  for (int round = 0; round < kPrograms; ++round) {
    const Program program = generator.NewProgram();
    if (!CheckProgram(program)) continue;
    std::vector<Path> paths;
    Budget budget;
    const bool big_endian = round % 2 == 0;
    const Status status = ForEachPath(program, big_endian, budget, [&](const Path& path) {
      paths.push_back(path);
      return true;
    });
    if (!status) {
      ASSERT_EQ(status.error().code, ErrorCode::kUnsupported) << status.error().message;
      ++undecided;
      continue;
    }
    ++decided;
    for (int i = 0; i < 20; ++i, ++tried) {
      policy::Call call;
      const auto wide = [&] {
        return std::uint64_t{generator.Word(program)} << 32U | generator.Word(program);
      };
      // The byte order of the words is the token's.
      call.audit_token = generator.Word(program) & ~0x40000000U;
      if (!big_endian) call.audit_token |= 0x40000000U;
      call.number = generator.Word(program);
      call.arguments = {wide(), wide()};
      const std::uint64_t pointer = wide();
      const auto execution = Interpret(program, call, pointer);
      ASSERT_TRUE(execution) << execution.error().message;
      std::size_t taken = 0;
      for (const Path& path : paths) {
        if (!Takes(path, call, pointer)) continue;
        ASSERT_EQ(path.ret, execution->ret) << "round " << round;
        ++taken;
      }
      ASSERT_EQ(taken, 1U) << "round " << round << ", " << paths.size() << " paths";
    }
  }
  std::cout << decided << " programs, " << undecided << " not decided, " << tried << " calls\n";
  EXPECT_GT(decided, kPrograms / 10);
}

}  // namespace
}  // namespace schema::filter
