// Programs that we did not make: proved, refuted by a call that interpretation confirms, refused as
// the kernel would, or not decided; never wrong.

#include <gtest/gtest.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "schema/filter/check_program.h"
#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/filter/raw_program.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t kX86_64 = 0xC000003E;
constexpr std::uint32_t kAllow = 0x7FFF0000;
constexpr std::uint32_t kErrno = 0x00050001;
constexpr std::uint32_t kKill = 0;

constexpr Budget kSmall{.paths = 20'000, .steps = 5'000'000};  // for the sanitizers' sake

constexpr sock_filter Do(unsigned code, std::uint32_t k = 0) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
constexpr sock_filter If(unsigned operation, std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {static_cast<std::uint16_t>(BPF_JMP | operation), jt, jf, k};
}
constexpr sock_filter Load(std::uint32_t offset) { return Do(BPF_LD | BPF_W | BPF_ABS, offset); }
constexpr sock_filter Return(std::uint32_t ret) { return Do(BPF_RET | BPF_K, ret); }

// Of x86_64 alone, with SCMP_ACT_ERRNO as the default.
policy::Policy PolicyOf(const std::string& rules) {
  kernel::Target target;
  target.kernel = {6, 1};
  target = *kernel::ParseTarget("arch=x86_64", target);
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}";
  return *policy::Resolve(*profile::Parse(json::Read(text).document).profile, target);
}

// The program behind what libseccomp begins with too: kill what is not x86_64 or is x32's, and load
// the number.
Program ForX86_64(const Program& rest) {
  Program program = {
      Load(4),      If(BPF_JEQ, kX86_64, 1, 0),         Return(kKill),
      Load(0),      If(BPF_JGE, kernel::kX32Bit, 0, 2), If(BPF_JEQ, 0xFFFFFFFF, 1, 0),
      Return(kKill)};
  program.insert(program.end(), rest.begin(), rest.end());
  return program;
}

void ExpectProved(const Program& program, const policy::Policy& policy) {
  const auto found = FindCounterexample(program, policy);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(*found) << ToString((*found)->call);
}

// Returns the call, which the interpreter and the policy have confirmed.
policy::Call ExpectRefuted(const Program& program, const policy::Policy& policy) {
  const auto found = FindCounterexample(program, policy);
  EXPECT_TRUE(found) << found.error().message;
  if (!found || !*found) {
    ADD_FAILURE() << "proved";
    return {};
  }
  const Counterexample& example = **found;
  EXPECT_EQ(policy::Decide(policy, example.call).verdict, example.expected);
  const auto execution = Interpret(program, example.call, example.instruction_pointer);
  EXPECT_TRUE(execution);
  EXPECT_EQ(kernel::FromRet(execution->ret), example.got);
  EXPECT_NE(example.got, example.expected);
  return example.call;
}

ErrorCode ExpectUndecided(const Program& program, const std::string& why) {
  const auto found = FindCounterexample(program, PolicyOf(""));
  EXPECT_FALSE(found);
  if (found) return ErrorCode::kSystem;
  EXPECT_NE(found.error().message.find(why), std::string::npos) << found.error().message;
  return found.error().code;
}

const std::string kCloneRule = R"({"names": ["clone"], "action": "SCMP_ACT_ALLOW",
  "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]})";
constexpr std::uint32_t kNamespaces = 2114060288;
constexpr std::uint32_t kClone = 56;

TEST(ForeignProgram, OfLibseccompWithATree) {
  const auto policy = PolicyOf(R"({"names": ["read", "write", "close", "exit_group", "fstat"],
                                   "action": "SCMP_ACT_ALLOW"}, )" +
                               kCloneRule);
  scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(1));
  ASSERT_NE(context, nullptr);
  ASSERT_EQ(seccomp_arch_remove(context, seccomp_arch_native()), 0);
  ASSERT_EQ(seccomp_arch_add(context, SCMP_ARCH_X86_64), 0);
  ASSERT_EQ(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), 0);
  for (const char* name : {"read", "write", "close", "exit_group", "fstat"}) {
    const int number = seccomp_syscall_resolve_name(name);
    ASSERT_EQ(seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0), 0);
  }
  ASSERT_EQ(seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name("clone"), 1,
                             scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, kNamespaces, 0}),
            0);
  const int file = memfd_create("program", MFD_CLOEXEC);
  ASSERT_EQ(seccomp_export_bpf(context, file), 0);
  std::string bytes(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  ASSERT_EQ(pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  close(file);
  seccomp_release(context);
  const auto program = FromRaw(bytes);
  ASSERT_TRUE(program);
  ExpectProved(*program, policy);
  ExpectRefuted(*program, PolicyOf(kCloneRule));
}

// clone's flags, looked at in other ways than libseccomp's.
TEST(ForeignProgram, InEveryInstruction) {
  const auto policy = PolicyOf(kCloneRule);
  const std::vector<Program> ways = {
      // JSET
      {If(BPF_JSET, kNamespaces, 0, 1), Return(kErrno), Return(kAllow)},
      // AND X, by way of scratch memory
      {Do(BPF_ST, 3), Do(BPF_LDX | BPF_IMM, kNamespaces), Do(BPF_STX, 15), Do(BPF_LD | BPF_MEM, 3),
       Do(BPF_LDX | BPF_MEM, 15), Do(BPF_ALU | BPF_AND | BPF_X), If(BPF_JEQ, 0, 0, 1),
       Return(kAllow), Return(kErrno)},
      // the constant in A, the flags in X
      {Do(BPF_MISC | BPF_TAX), Do(BPF_LD | BPF_IMM, kNamespaces), If(BPF_JSET | BPF_X, 0, 0, 1),
       Return(kErrno), Return(kAllow)},
      // turned round, shifted there and back, with a sum that has no carry
      {Do(BPF_ALU | BPF_XOR | BPF_K, 0xFFFFFFFF), Do(BPF_ALU | BPF_AND | BPF_K, kNamespaces),
       Do(BPF_ALU | BPF_RSH | BPF_K, 17), Do(BPF_ALU | BPF_MUL | BPF_K, 4),
       Do(BPF_ALU | BPF_ADD | BPF_K, 1), If(BPF_JEQ, (kNamespaces >> 15U) + 1, 0, 1),
       Return(kAllow), Return(kErrno)},
      // ORed, negated, a difference
      {Do(BPF_ALU | BPF_OR | BPF_K, ~kNamespaces), Do(BPF_ALU | BPF_NEG),
       Do(BPF_ALU | BPF_SUB | BPF_K, 7), If(BPF_JEQ, 0U - ~kNamespaces - 7, 0, 1), Return(kAllow),
       Return(kErrno)},
      // the length of seccomp_data, a quotient, a jump always taken, A returned
      {Do(BPF_ALU | BPF_AND | BPF_K, kNamespaces), If(BPF_JGT, 0, 3, 0),
       Do(BPF_LD | BPF_W | BPF_LEN), If(BPF_JEQ, 64, 2, 0), Return(kErrno), Do(BPF_JMP | BPF_JA, 1),
       Do(BPF_RET | BPF_K, kAllow), Do(BPF_LD | BPF_IMM, kErrno), Do(BPF_RET | BPF_A)},
  };
  for (std::size_t i = 0; i < ways.size(); ++i) {
    SCOPED_TRACE(i);
    Program rest = {If(BPF_JEQ, kClone, 1, 0), Return(kErrno), Load(16)};
    rest.insert(rest.end(), ways[i].begin(), ways[i].end());
    ExpectProved(ForX86_64(rest), policy);
    // And with one flag left out.
    bool changed = false;
    for (sock_filter& instruction : rest) {
      if (changed || (instruction.k != kNamespaces && instruction.k != ~kNamespaces)) continue;
      instruction.k ^= 0x10000000U;
      changed = true;
    }
    if (!changed) continue;
    EXPECT_EQ(ExpectRefuted(ForX86_64(rest), policy).number, kClone);
  }
}

TEST(ForeignProgram, RangesOfSumsAndTurnedBits) {
  const auto policy = PolicyOf(R"({"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 1, "value": 10, "op": "SCMP_CMP_GE"}, {"index": 2, "value": 20, "op": "SCMP_CMP_LE"}
    ]})");
  // offset >= 10 of 64 bits and whence <= 20 of 64 bits.
  const Program tail = {Load(36), If(BPF_JEQ, 0, 1, 0), Return(kErrno), Load(32)};
  for (const Program& last : std::vector<Program>{
           {If(BPF_JGT, 20, 0, 1), Return(kErrno), Return(kAllow)},
           {Do(BPF_ALU | BPF_SUB | BPF_K, 21), If(BPF_JGE, 0xFFFFFFFF - 20, 1, 0), Return(kErrno),
            Return(kAllow)},
           {Do(BPF_MISC | BPF_TAX), Do(BPF_LD | BPF_IMM, 20), If(BPF_JGE | BPF_X, 0, 1, 0),
            Return(kErrno), Return(kAllow)},
           {Do(BPF_MISC | BPF_TAX), Do(BPF_LD | BPF_IMM, 20), Do(BPF_ALU | BPF_SUB | BPF_X),
            If(BPF_JGT, 20, 0, 1), Return(kErrno), Return(kAllow)},
           {Do(BPF_ALU | BPF_XOR | BPF_K, 0x80000000), If(BPF_JGT, 0x80000014, 1, 0),
            If(BPF_JGE, 0x80000000, 1, 0), Return(kErrno), Return(kAllow)}}) {
    const Program low = {Load(24), If(BPF_JGE, 10, 1, 0), Return(kErrno)};
    Program rest = {If(BPF_JEQ, 8, 1, 0), Return(kErrno), Load(28), If(BPF_JEQ, 0, 0, 3)};
    rest.insert(rest.end(), low.begin(), low.end());
    rest.insert(rest.end(), tail.begin(), tail.end());
    rest.insert(rest.end(), last.begin(), last.end());
    ExpectProved(ForX86_64(rest), policy);
    rest[5].k = 11;
    const auto call = ExpectRefuted(ForX86_64(rest), policy);
    EXPECT_EQ(call.arguments[1], 10U);
  }
}

TEST(ForeignProgram, ReturnsWhatItCalculates) {
  const auto policy = PolicyOf(R"({"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 8},
                                  {"names": ["write"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9})");
  Program rest = {If(BPF_JGT, 1, 0, 1), Return(kErrno), Do(BPF_ALU | BPF_ADD | BPF_K, 0x00050008),
                  Do(BPF_RET | BPF_A)};
  EXPECT_EQ(ExpectUndecided(ForX86_64(rest), "instruction 10: cannot decide"),
            ErrorCode::kUnsupported);
  rest.insert(rest.begin() + 2, Do(BPF_ALU | BPF_AND | BPF_K, 0xF));
  ExpectProved(ForX86_64(rest), policy);
  rest[2].k = 0xE;
  EXPECT_EQ(ExpectRefuted(ForX86_64(rest), policy).number, 1U);
}

TEST(ForeignProgram, LooksAtBitsOfTheNumberAndAtThePointer) {
  const auto policy = PolicyOf(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"})");
  // JSET of x32's bit is not what libseccomp does: of the numbers from 2^31 up half have it not.
  const Program masks = {Load(4),
                         If(BPF_JEQ, kX86_64, 1, 0),
                         Return(kKill),
                         Load(0),
                         If(BPF_JSET, kernel::kX32Bit, 0, 2),
                         If(BPF_JEQ, 0xFFFFFFFF, 2, 0),
                         Return(kKill),
                         If(BPF_JEQ, 0, 1, 0),
                         Return(kErrno),
                         Return(kAllow)};
  EXPECT_GE(ExpectRefuted(masks, policy).number, 0x80000000U);
  Program both = masks;
  both[4].k = 0xC0000000;
  ExpectProved(both, policy);
  Program pointer = ForX86_64({If(BPF_JEQ, 0, 1, 0), Return(kErrno), Load(8),
                               If(BPF_JEQ, 0x1234, 0, 1), Return(kErrno), Return(kAllow)});
  ExpectRefuted(pointer, policy);
}

TEST(ForeignProgram, IsNotGuessedAt) {
  using P = Program;
  const auto undecided = [](const P& rest, const std::string& why) {
    P whole = {Load(16), Do(BPF_MISC | BPF_TAX), Load(24)};
    whole.insert(whole.end(), rest.begin(), rest.end());
    whole.insert(whole.end(), {Return(kErrno), Return(kAllow)});
    EXPECT_EQ(ExpectUndecided(whole, why), ErrorCode::kUnsupported) << why;
  };
  undecided({If(BPF_JEQ | BPF_X, 0, 1, 0)}, "instruction 3: cannot decide: jumps by");
  undecided({Do(BPF_ALU | BPF_ADD | BPF_X), If(BPF_JEQ, 0, 1, 0)}, "what instruction 3 calculates");
  undecided({Do(BPF_ALU | BPF_MUL | BPF_K, 3), If(BPF_JEQ, 0, 1, 0)}, "what instruction 3");
  undecided({Do(BPF_ALU | BPF_DIV | BPF_X)}, "instruction 3: cannot decide: divides");
  undecided({Do(BPF_LDX | BPF_IMM, 32), Do(BPF_ALU | BPF_LSH | BPF_X)}, "shifts by 32 bits");
  // What is never looked at may be anything.
  const P unused = {Load(16), Do(BPF_MISC | BPF_TAX), Do(BPF_ALU | BPF_MUL | BPF_X),
                    Return(kErrno)};
  EXPECT_TRUE(FindCounterexample(unused, PolicyOf("")));
}

TEST(ForeignProgram, IsRefusedAsByTheKernel) {
  struct Bad {
    Program program;
    const char* why;
  };
  const std::vector<Bad> all = {
      {{}, "the program is empty"},
      {{Do(BPF_LD | BPF_IMM, 0)}, "instruction 0: the program does not end with a return"},
      {{Do(BPF_JMP | BPF_JA, 1), Return(0)}, "instruction 0: jumps out of the program"},
      {{If(BPF_JEQ, 0, 0, 1), Return(0)}, "instruction 0: jumps out of the program"},
      {{Load(64), Return(0)}, "instruction 0: loads outside seccomp_data"},
      {{Load(18), Return(0)}, "instruction 0: loads an unaligned word"},
      {{Do(BPF_ALU | BPF_DIV | BPF_K, 0), Return(0)}, "instruction 0: divides by zero"},
      {{Do(BPF_ALU | BPF_RSH | BPF_K, 32), Return(0)}, "instruction 0: shifts by 32 bits"},
      {{Do(BPF_ALU | BPF_MOD | BPF_K, 2), Return(0)},
       "instruction 0: seccomp does not permit the opcode 0x0094"},
      {{Do(BPF_LD | BPF_B | BPF_ABS, 0), Return(0)},
       "instruction 0: seccomp does not permit the opcode 0x0030"},
      {{Do(BPF_ST, 16), Return(0)}, "instruction 0: there is no cell 16 of scratch memory"},
      // Written on one way alone.
      {{Load(0), If(BPF_JEQ, 1, 0, 1), Do(BPF_ST, 2), Do(BPF_LDX | BPF_MEM, 2), Return(0)},
       "instruction 3: reads cell 2 of scratch memory, which is not always written before"},
  };
  for (const Bad& bad : all) {
    const auto status = CheckProgram(bad.program);
    ASSERT_FALSE(status) << bad.why;
    EXPECT_EQ(status.error().message, bad.why);
    EXPECT_EQ(FindCounterexample(bad.program, PolicyOf("")).error().code, ErrorCode::kInvalid);
  }
  EXPECT_FALSE(CheckProgram(Program(4097, Return(0))));
  EXPECT_TRUE(CheckProgram(Program(4096, Return(0))));
  EXPECT_TRUE(CheckProgram(
      Program{Do(BPF_ST, 2), If(BPF_JEQ, 1, 0, 0), Do(BPF_LDX | BPF_MEM, 2), Return(0)}));
}

// 40 diamonds one after the other: 2^40 paths. And 4094 jumps one within the other.
TEST(ForeignProgram, ThatIsHostileEnds) {
  Program diamonds;
  for (unsigned i = 0; i < 40; ++i) {
    diamonds.push_back(Load(16 + 4 * (i / 32)));
    diamonds.push_back(If(BPF_JSET, 1U << (i % 32), 0, 1));
    diamonds.push_back(Do(BPF_LDX | BPF_IMM, i));
  }
  diamonds.push_back(Return(kKill));
  const auto many = FindCounterexample(diamonds, PolicyOf(R"({"names": ["read"],
      "action": "SCMP_ACT_KILL_THREAD", "args": [{"index": 5, "value": 1, "op": "SCMP_CMP_NE"}]})"));
  // Every path kills, as the default does not: the first one shows it.
  ASSERT_TRUE(many);
  EXPECT_TRUE(*many);
  Program deep = {Load(32)};
  for (unsigned i = 0; i < 4094; ++i) deep.push_back(If(BPF_JEQ, i, 0, 1));
  deep.back().jf = 0;
  deep.push_back(Return(kKill));
  EXPECT_TRUE(FindCounterexample(deep, PolicyOf("")));
  // All that it does is right, which the paths are too many to show.
  Program right = ForX86_64({});
  right.insert(right.end(), diamonds.begin(), diamonds.end());
  right.back() = Return(kErrno);
  EXPECT_EQ(FindCounterexample(right, PolicyOf(""), kSmall).error().code, ErrorCode::kLimit);
}

// Rules that no method is known to decide fast, and a program that allows all of them.
TEST(ForeignProgram, OfAHostileProfileEnds) {
  std::mt19937 random(1);
  for (const std::size_t count : {500U, 1600U, 3000U}) {
    auto policy = PolicyOf(R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"})");
    auto& clauses = policy.architectures.front().calls.front().clauses;
    clauses.assign(count, clauses.front());
    for (policy::Clause& clause : clauses) {
      for (int i = 0; i < 3; ++i) {  // three bits out of 384
        const std::uint64_t mask = std::uint64_t{1} << random() % 64;
        clause.conditions.push_back({static_cast<std::uint8_t>(random() % 6),
                                     kernel::Operator::kMaskedEqual, random() % 2 * mask, mask});
      }
    }
    const Program allows = ForX86_64({If(BPF_JEQ, 0, 0, 1), Return(kAllow), Return(kErrno)});
    const auto found = FindCounterexample(allows, policy, kSmall);
    if (!found) {
      EXPECT_EQ(found.error().code, ErrorCode::kLimit);
    } else if (*found) {
      EXPECT_EQ(policy::Decide(policy, (*found)->call).verdict, (*found)->expected);
    }
  }
}

TEST(FromRaw, ReadsLittleEndianInstructions) {
  const auto program = FromRaw(std::string("\x15\x00\x01\x02\x3e\x00\x00\xc0", 8));
  ASSERT_TRUE(program);
  ASSERT_EQ(program->size(), 1U);
  EXPECT_EQ(program->front().code, 0x15);
  EXPECT_EQ(program->front().jt, 1);
  EXPECT_EQ(program->front().jf, 2);
  EXPECT_EQ(program->front().k, kX86_64);
  EXPECT_FALSE(FromRaw(""));
  EXPECT_FALSE(FromRaw("1234567"));
  EXPECT_FALSE(FromRaw(std::string(8 * 4097, '\0')));
}

}  // namespace
}  // namespace schema::filter
