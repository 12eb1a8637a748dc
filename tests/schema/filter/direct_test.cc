#include "schema/filter/direct.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "schema/filter/instruction.h"
#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

policy::Policy PolicyOf(const std::string& text, const std::string& target_text,
                        policy::ResolveOptions options = {}) {
  kernel::Target target;
  target.kernel = {6, 18};
  target = *kernel::ParseTarget(target_text, target);
  return *policy::Resolve(*profile::Parse(json::Read(text).document).profile, target, options);
}

std::string Shipped(const std::string& name) {
  std::ifstream file("profiles/" + name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void ExpectProved(const policy::Policy& policy, const std::string& what) {
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter) << what << ": " << filter.error().message;
  const auto found = FindCounterexample(filter->program, policy);
  ASSERT_TRUE(found) << what << ": " << found.error().message;
  ASSERT_FALSE(*found) << what << ": " << ToString((*found)->call) << " gets "
                       << kernel::ToString((*found)->got) << " instead of "
                       << kernel::ToString((*found)->expected);
}

constexpr std::uint32_t kX86_64Token = 0xC000003E;
constexpr std::uint32_t kNumbers = 471;  // of x86_64, Linux 6.18

TEST(CompileDirect, DockersDefaultIsShortAndFast) {
  const auto policy = PolicyOf(Shipped("default.json"), "arch=x86_64,caps=docker");
  ASSERT_EQ(policy.architectures.size(), 3U);
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter);
  EXPECT_LE(filter->program.size(), 600U);
  std::size_t sum = 0;
  std::size_t most = 0;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    const std::size_t executed =
        Interpret(filter->program, {kX86_64Token, number, {}})->instructions;
    sum += executed;
    most = std::max(most, executed);
  }
  EXPECT_LE(static_cast<double>(sum) / kNumbers, 9.5);
  EXPECT_LE(most, 16U);
}

// The comparisons of the number before its decision is found.
std::size_t ComparisonsOf(const std::vector<sock_filter>& program, std::uint32_t number) {
  std::size_t comparisons = 0;
  std::uint32_t loaded = 0;  // the offset in seccomp_data
  for (std::size_t at = 0;; ++at) {
    const sock_filter& instruction = program[at];
    if (instruction.code == kLoadWord) loaded = instruction.k;
    if (instruction.code == kReturn || (instruction.code == kLoadWord && loaded >= 8)) break;
    if (instruction.code == kJump) at += instruction.k;
    if (BPF_CLASS(instruction.code) != BPF_JMP || instruction.code == kJump) continue;
    const std::uint32_t value = loaded == 0 ? number : kX86_64Token;
    comparisons += loaded == 0 ? 1U : 0U;
    const bool taken =
        instruction.code == kJumpIfEqual ? value == instruction.k : value >= instruction.k;
    at += taken ? instruction.jt : instruction.jf;
  }
  return comparisons;
}

// What the best tree of comparisons of order needs on average over the numbers, by trying all roots
// of all subtrees.
double OptimumOf(const std::vector<std::size_t>& weights) {
  const std::size_t n = weights.size();
  std::vector<std::vector<std::size_t>> cost(n, std::vector<std::size_t>(n, 0));
  for (std::size_t length = 2; length <= n; ++length) {
    for (std::size_t first = 0; first + length <= n; ++first) {
      const std::size_t last = first + length - 1;
      std::size_t weight = 0;
      std::size_t best = std::numeric_limits<std::size_t>::max();
      for (std::size_t i = first; i <= last; ++i) weight += weights[i];
      for (std::size_t i = first; i < last; ++i) {
        best = std::min(best, cost[first][i] + cost[i + 1][last]);
      }
      cost[first][last] = best + weight;
    }
  }
  return static_cast<double>(cost[0][n - 1]) / kNumbers;
}

TEST(CompileDirect, SearchIsNearTheOptimum) {
  const auto policy = PolicyOf(Shipped("default.json"), "arch=x86_64,caps=docker");
  const auto& part = policy.architectures.front();
  std::vector<std::size_t> weights;
  std::string last;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    const auto* call = part.Find(number);
    std::string decision = "default";
    if (call != nullptr) {
      decision = call->clauses.front().conditions.empty()
                     ? kernel::ToString(call->clauses.front().verdict)
                     : call->name;
    }
    if (decision != last) weights.push_back(0);
    ++weights.back();
    last = decision;
  }
  ASSERT_GT(weights.size(), 50U);
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter);
  double comparisons = 0;
  for (std::uint32_t number = 0; number < kNumbers; ++number) {
    comparisons += static_cast<double>(ComparisonsOf(filter->program, number)) / kNumbers;
  }
  std::cout << weights.size() << " ranges, " << comparisons << " comparisons, optimal tree "
            << OptimumOf(weights) << "\n";
  EXPECT_LE(comparisons, 1.05 * OptimumOf(weights));
}

TEST(CompileDirect, ShippedProfilesOnEveryArchitecture) {
  for (const char* name : {"default.json", "strict.json", "audit.json"}) {
    const std::string text = Shipped(name);
    for (const kernel::ArchitectureFacts& facts : kernel::Architectures()) {
      for (const char* capabilities : {"docker", "none", "all"}) {
        const std::string target = "arch=" + std::string(facts.name) + ",caps=" + capabilities;
        for (const bool horizon : {false, true}) {
          ExpectProved(PolicyOf(text, target, {.enosys_horizon = horizon}),
                       std::string(name) + " on " + target);
        }
      }
    }
  }
}

TEST(CompileDirect, WhatLibseccompGetsWrong) {
  ExpectProved(PolicyOf(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["mmap"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 1, "value": 4096, "op": "SCMP_CMP_LT"}]},
      {"names": ["mmap"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 1, "value": 4294967296, "op": "SCMP_CMP_GT"}]}]})",
                        "arch=x86_64"),
               "ranges across 32 bits");
}

TEST(CompileDirect, ArchitecturesOfBothByteOrders) {
  for (const char* target : {"arch=x86_64", "arch=s390x"}) {
    ExpectProved(PolicyOf(R"({"defaultAction": "SCMP_ACT_ERRNO",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X", "SCMP_ARCH_MIPSEL"],
        "syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 1, "value": 4294967297, "op": "SCMP_CMP_GE"}]}]})",
                          target),
                 target);
  }
}

TEST(CompileDirect, RefusesAmbiguity) {
  const auto filter = CompileDirect(PolicyOf(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["read"], "action": "SCMP_ACT_LOG"}]})",
                                             "arch=x86_64"));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, ErrorCode::kInvalid);
}

// Rules that are drawn at random: operators, values on both sides of the words' borders, verdicts.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  unsigned Below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  std::uint64_t Value() {
    constexpr std::array<std::uint64_t, 8> kBases = {
        0, 1, 0x1000, 0x7FFFFFFF, 0xFFFFFFFF, 0x100000000, 0x100001000, ~std::uint64_t{0}};
    return kBases[Below(kBases.size())] + Below(3) - 1;
  }

  std::string Argument(unsigned index) {
    constexpr std::array<const char*, 7> kOperators = {"NE", "LT", "LE",       "EQ",
                                                       "GE", "GT", "MASKED_EQ"};
    const char* op = kOperators[Below(kOperators.size())];
    const std::uint64_t value = Value();
    return R"({"index": )" + std::to_string(index) + R"(, "op": "SCMP_CMP_)" + op +
           R"(", "value": )" + std::to_string(value) + R"(, "valueTwo": )" +
           std::to_string(Value() & value) + "}";
  }

  // Several rules on one call, with one verdict: others would be ambiguous most of the time.
  std::string Rules(const std::string& name, unsigned rules, unsigned errno_ret) {
    std::string text;
    for (unsigned i = 0; i < rules; ++i) {
      std::string args;
      for (unsigned index = 0; index < 6; ++index) {
        if (Below(6) < 2) args += (args.empty() ? "" : ", ") + Argument(index);
      }
      text += R"(, {"names": [")" + name + R"("], "action": "SCMP_ACT_ERRNO", "errnoRet": )" +
              std::to_string(errno_ret) + R"(, "args": [)" + args + "]}";
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST(CompileDirect, RandomRules) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Generator generator(seed);
    const char* target = std::array<const char*, 5>{"arch=x86_64", "arch=s390x", "arch=arm",
                                                    "arch=mips64n32", "arch=x32"}[seed % 5];
    std::string rules = R"({"names": ["write"], "action": "SCMP_ACT_LOG"})";
    for (const char* name : {"read", "lseek", "ioctl", "clone", "prctl", "fcntl"}) {
      rules += generator.Rules(name, 1 + generator.Below(4), 1 + generator.Below(3));
    }
    const auto policy = PolicyOf(R"({"defaultAction": "SCMP_ACT_ALLOW", "architectures":
        ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [)" +
                                     rules + "]}",
                                 target);
    ExpectProved(policy, "seed " + std::to_string(seed));
  }
}

// Ranges that overlap in every argument: the graph of all of them would grow without bound.
TEST(CompileDirect, OverlappingRangesOfManyArguments) {
  std::string rules = R"({"names": ["write"], "action": "SCMP_ACT_LOG"})";
  for (std::uint64_t i = 0; i < 30; ++i) {
    std::string args;
    for (unsigned index = 0; index < 6; ++index) {
      args += std::string(index == 0 ? "" : ", ") + R"({"index": )" + std::to_string(index) +
              R"(, "op": "SCMP_CMP_GE", "value": )" +
              std::to_string((i * 7 + index * 11) % 30 << (index + 20U)) + "}";
    }
    rules += R"(, {"names": ["mmap"], "action": "SCMP_ACT_ALLOW", "args": [)" + args + "]}";
  }
  const auto policy = PolicyOf(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}", "arch=x86_64");
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter) << filter.error().message;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    Generator generator(seed);
    policy::Call call{kX86_64Token, 9, {}};
    for (unsigned index = 0; index < 6; ++index) {
      call.arguments[index] = std::uint64_t{generator.Below(31)} << (index + 20U);
    }
    ASSERT_EQ(kernel::FromRet(Interpret(filter->program, call)->ret),
              policy::Decide(policy, call).verdict);
  }
}

// As many as a call may have: searched for, and not compared one after the other.
TEST(CompileDirect, ManyValuesOfOneArgument) {
  std::string rules;
  for (unsigned i = 0; i < 1000; ++i) {
    rules += std::string(i == 0 ? "" : ", ") +
             R"({"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args":
               [{"index": 1, "op": "SCMP_CMP_EQ", "value": )" +
             std::to_string(i * 37 + 5) + "}]}";
  }
  const auto policy = PolicyOf(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}", "arch=x86_64");
  ExpectProved(policy, "1000 values");
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter);
  for (const std::uint64_t value : {5U, 6U, 37U * 500 + 5, 37U * 999 + 5, 37U * 1000 + 5}) {
    EXPECT_LE(Interpret(filter->program, {kX86_64Token, 16, {0, value}})->instructions, 32U);
  }
}

// Many different decisions: branches lie further apart than a jump reaches.
std::string ManyDecisions(unsigned calls) {
  std::string rules;
  const auto entries = kernel::SyscallEntries(kernel::Architecture::kX86_64);
  for (unsigned i = 0; i < calls && i < entries.size(); ++i) {
    for (const unsigned verdict : {0U, 1U, 2U, 3U}) {
      rules += std::string(rules.empty() ? "" : ", ") + R"({"names": [")" +
               std::string(entries[i].name()) + R"("], "action": "SCMP_ACT_ERRNO", "errnoRet": )" +
               std::to_string(2 + (i * 4 + verdict) % 4000) +
               R"(, "args": [{"index": 2, "op": "SCMP_CMP_EQ", "value": )" +
               std::to_string(i * 17 + verdict * 5) + "}]}";
    }
  }
  return R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [)" + rules + "]}";
}

TEST(CompileDirect, FarJumps) {
  const auto policy = PolicyOf(ManyDecisions(200), "arch=x86_64");
  const auto filter = CompileDirect(policy);
  ASSERT_TRUE(filter);
  EXPECT_GT(filter->program.size(), 2000U);
  ExpectProved(policy, "200 calls");
}

TEST(CompileDirect, SaysHowLongItWouldBe) {
  const auto filter = CompileDirect(PolicyOf(ManyDecisions(400), "arch=x86_64"));
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().code, ErrorCode::kLimit);
  EXPECT_NE(filter.error().message.find("the kernel takes at most 4096"), std::string::npos);
}

}  // namespace
}  // namespace schema::filter
