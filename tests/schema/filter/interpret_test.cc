#include "schema/filter/interpret.h"

#include <gtest/gtest.h>
#include <linux/filter.h>

#include <vector>

namespace schema::filter {
namespace {

constexpr std::uint32_t kX86_64 = 0xC000003E;
constexpr std::uint32_t kS390x = 0x80000016;

// Of linux/filter.h, whose casts the warnings of C++ do not like.
constexpr sock_filter Statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter Jump(unsigned code, std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {static_cast<std::uint16_t>(code), jt, jf, k};
}

std::uint32_t Return(const std::vector<sock_filter>& program, const policy::Call& call = {}) {
  const auto result = Interpret(program, call);
  EXPECT_TRUE(result);
  return result ? result->ret : 0xBAD;
}

TEST(Interpret, LaysArgumentsInTheOrderOfTheArchitecture) {
  const auto load = [](std::uint32_t offset, std::uint32_t token) {
    return Return({Statement(BPF_LD | BPF_W | BPF_ABS, offset), Statement(BPF_RET | BPF_A, 0)},
                  {token, 7, {0, 0x1111111122222222}});
  };
  EXPECT_EQ(load(0, kX86_64), 7U);
  EXPECT_EQ(load(4, kX86_64), kX86_64);
  EXPECT_EQ(load(24, kX86_64), 0x22222222U);
  EXPECT_EQ(load(28, kX86_64), 0x11111111U);
  EXPECT_EQ(load(24, kS390x), 0x11111111U);
  EXPECT_EQ(load(28, kS390x), 0x22222222U);
}

TEST(Interpret, CalculatesAndRemembers) {
  EXPECT_EQ(Return({Statement(BPF_LD | BPF_IMM, 6), Statement(BPF_MISC | BPF_TAX, 0),
                    Statement(BPF_ALU | BPF_MUL | BPF_X, 0), Statement(BPF_ST, 3),
                    Statement(BPF_LD | BPF_W | BPF_LEN, 0), Statement(BPF_LDX | BPF_MEM, 3),
                    Statement(BPF_ALU | BPF_ADD | BPF_X, 0), Statement(BPF_RET | BPF_A, 0)}),
            36U + 64U);
  EXPECT_EQ(Return({Statement(BPF_LDX | BPF_IMM, 0), Statement(BPF_ALU | BPF_DIV | BPF_X, 0),
                    Statement(BPF_RET | BPF_A, 0)}),
            0U);
}

TEST(Interpret, Jumps) {
  const std::vector<sock_filter> program = {
      Statement(BPF_LD | BPF_W | BPF_ABS, 0),
      Jump(BPF_JMP | BPF_JGE | BPF_K, 10, 0, 1),
      Statement(BPF_JMP | BPF_JA, 1),
      Statement(BPF_RET | BPF_K, 1),
      Jump(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1),
      Statement(BPF_RET | BPF_K, 2),
      Statement(BPF_RET | BPF_K, 3),
  };
  EXPECT_EQ(Return(program, {0, 9, {}}), 1U);
  EXPECT_EQ(Return(program, {0, 11, {}}), 2U);
  EXPECT_EQ(Return(program, {0, 12, {}}), 3U);
  EXPECT_EQ(Interpret(program, {0, 12, {}})->instructions, 5U);
}

TEST(Interpret, RefusesWhatTheKernelRefuses) {
  for (const std::vector<sock_filter>& program : std::vector<std::vector<sock_filter>>{
           {},
           {Statement(BPF_LD | BPF_IMM, 0)},            // no return
           {Statement(BPF_JMP | BPF_JA, 9)},            // out of the program
           {Statement(BPF_LD | BPF_W | BPF_ABS, 64)},   // out of seccomp_data
           {Statement(BPF_LD | BPF_W | BPF_ABS, 2)},    // between two words
           {Statement(BPF_LD | BPF_B | BPF_ABS, 0)},    // a byte
           {Statement(BPF_LD | BPF_W | BPF_IND, 0)},    // packets only
           {Statement(BPF_ALU | BPF_DIV | BPF_K, 0)},   // by zero
           {Statement(BPF_ALU | BPF_LSH | BPF_K, 32)},  // too far
           {Statement(BPF_ST, BPF_MEMWORDS)},           // no such cell
       }) {
    EXPECT_FALSE(Interpret(program, {}));
  }
}

}  // namespace
}  // namespace schema::filter
