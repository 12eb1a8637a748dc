// Docker's default filter with one thing in it wrong: the prover finds every mutant that behaves
// otherwise and no other. Whether one does is checked by interpretation alone.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "schema/filter/check_program.h"
#include "schema/filter/compile.h"
#include "schema/filter/direct.h"
#include "schema/filter/interpret.h"
#include "schema/filter/prove.h"
#include "schema/filter/seccomp_data.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::filter {
namespace {

using Program = std::vector<sock_filter>;

// With the sanitizers, and so unoptimised, each step takes some twenty times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStride = 41;
#else
constexpr std::size_t kStride = 1;
#endif

policy::Policy DockersDefault() {
  std::ifstream file("profiles/default.json", std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  kernel::Target target;
  target.kernel = {6, 1};
  target = *kernel::ParseTarget("arch=x86_64,caps=docker", target);
  return *policy::Resolve(*profile::Parse(json::Read(text).document).profile, target,
                          {.enosys_horizon = true});
}

// Calls on both sides of every constant of the program, and every number that matters.
std::vector<policy::Call> BorderCalls(const policy::Policy& policy, const Program& program) {
  std::set<std::uint32_t> tokens = {0, 1, 0xFFFFFFFF, 0xC0000028, 0x40000028, 0x80000016};
  std::set<std::uint32_t> numbers = {0x3FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF};
  for (std::uint32_t number = 0; number <= 600; ++number) {
    numbers.insert({number, number | kernel::kX32Bit});
  }
  std::set<std::uint32_t> words = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};  // of arguments
  std::uint32_t offset = 0;                                                    // of the load before
  for (const sock_filter& instruction : program) {
    const std::uint32_t k = instruction.k;
    if (instruction.code == (BPF_LD | BPF_W | BPF_ABS)) offset = k;
    const bool jumps = BPF_CLASS(instruction.code) == BPF_JMP && BPF_OP(instruction.code) != BPF_JA;
    const bool masks = instruction.code == (BPF_ALU | BPF_AND | BPF_K);
    if (!jumps && !masks) continue;
    auto& set = offset == 0 ? numbers : offset == 4 ? tokens : words;
    set.insert({k - 1, k, k + 1});
    if (masks) set.insert(~k);
  }
  std::vector<policy::Call> calls;
  for (const std::uint32_t token : tokens) {
    for (const std::uint32_t number : numbers) {
      policy::Call call{token, number, {}};
      calls.push_back(call);
      const auto known = std::ranges::any_of(policy.architectures, [&](const auto& part) {
        const auto* found = part.Find(number);
        return kernel::Facts(part.architecture).audit_token == token && found != nullptr &&
               !found->clauses.front().conditions.empty();
      });
      if (!known) continue;
      for (std::size_t i = 0; i < 3; ++i) {  // no condition of Docker's looks at a later argument
        for (const std::uint32_t word : words) {
          for (const std::uint64_t value : {std::uint64_t{word}, std::uint64_t{word} << 32U,
                                            std::uint64_t{word} | std::uint64_t{1} << 32U}) {
            call.arguments = {};
            call.arguments[i] = value;
            calls.push_back(call);
          }
        }
      }
    }
  }
  return calls;
}

// Every program with one instruction changed by a small step.
class Mutants {
 public:
  explicit Mutants(const Program& program) : program_(program) {
    for (const sock_filter& instruction : program) {
      if (instruction.code == (BPF_RET | BPF_K)) returns_.insert(instruction.k);
    }
    for (std::size_t at = 0; at < program.size(); ++at) Mutate(at);
  }

  const std::vector<std::pair<std::size_t, sock_filter>>& all() const { return mutants_; }

 private:
  void Add(std::size_t at, sock_filter changed) {
    const sock_filter& original = program_[at];
    const bool same = changed.code == original.code && changed.jt == original.jt &&
                      changed.jf == original.jf && changed.k == original.k;
    if (!same) mutants_.emplace_back(at, changed);
  }

  void AddConstants(std::size_t at, std::initializer_list<std::uint32_t> constants) {
    for (const std::uint32_t k : constants) {
      sock_filter changed = program_[at];
      changed.k = k;
      Add(at, changed);
    }
  }

  void Mutate(std::size_t at) {
    const sock_filter& original = program_[at];
    const std::uint32_t k = original.k;
    const std::uint32_t flipped = k ^ (1U << (at % 32));
    switch (original.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        return AddConstants(at, {k - 4, k + 4});
      case BPF_RET | BPF_K:
        for (const std::uint32_t ret : returns_) AddConstants(at, {ret});
        return;
      case BPF_JMP | BPF_JA:
        return AddConstants(at, {k - 1, k + 1, 0});
      default:
        AddConstants(at, {k - 1, k + 1, flipped});
        if (BPF_CLASS(original.code) == BPF_JMP) MutateJump(at);
    }
  }

  void MutateJump(std::size_t at) {
    const sock_filter& original = program_[at];
    for (const int step : {-1, 1, 0}) {
      sock_filter changed = original;
      changed.jt = static_cast<std::uint8_t>(step == 0 ? 0 : original.jt + step);
      Add(at, changed);
      changed = original;
      changed.jf = static_cast<std::uint8_t>(step == 0 ? 0 : original.jf + step);
      Add(at, changed);
    }
    for (const int operation : {BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET}) {
      sock_filter changed = original;
      changed.code = static_cast<std::uint16_t>(BPF_JMP | operation | BPF_K);
      Add(at, changed);
    }
    sock_filter changed = original;
    std::swap(changed.jt, changed.jf);
    Add(at, changed);
  }

  const Program& program_;
  std::set<std::uint32_t> returns_;
  std::vector<std::pair<std::size_t, sock_filter>> mutants_;
};

std::uint32_t Return(const Program& program, const policy::Call& call, std::uint64_t pointer = 0) {
  const auto execution = Interpret(program, call, pointer);
  EXPECT_TRUE(execution);
  return execution ? execution->ret : 0xBAD;
}

void CheckMutants(Result<Filter> (*compile)(const policy::Policy&)) {
  const policy::Policy policy = DockersDefault();
  const auto filter = compile(policy);
  ASSERT_TRUE(filter) << filter.error().message;
  const auto proof = FindCounterexample(filter->program, policy);
  ASSERT_TRUE(proof && !*proof);

  const auto calls = BorderCalls(policy, filter->program);
  std::vector<std::uint32_t> returns;
  for (const policy::Call& call : calls) returns.push_back(Return(filter->program, call));

  std::size_t refused = 0;
  std::size_t found = 0;
  std::size_t equal = 0;
  const Mutants mutants(filter->program);
  for (std::size_t i = 0; i < mutants.all().size(); i += kStride) {
    const auto& [at, changed] = mutants.all()[i];
    Program mutant = filter->program;
    mutant[at] = changed;
    const std::string which = "mutant " + std::to_string(i) + ", instruction " + std::to_string(at);
    const auto result = FindCounterexample(mutant, policy);
    if (!CheckProgram(mutant)) {
      ASSERT_FALSE(result) << which;
      ++refused;
      continue;
    }
    ASSERT_TRUE(result) << which << ": " << result.error().message;
    if (*result) {
      const Counterexample& example = **result;
      const auto got = kernel::FromRet(Return(mutant, example.call, example.instruction_pointer));
      ASSERT_EQ(got, example.got) << which;
      ASSERT_EQ(kernel::FromRet(Return(filter->program, example.call)), example.expected) << which;
      ASSERT_NE(example.got, example.expected) << which;
      ++found;
      continue;
    }
    for (std::size_t j = 0; j < calls.size(); ++j) {
      ASSERT_EQ(kernel::FromRet(Return(mutant, calls[j])), kernel::FromRet(returns[j]))
          << which << " is proved, but differs for call " << calls[j].number << " of "
          << calls[j].audit_token;
    }
    ++equal;
  }
  std::cout << filter->program.size() << " instructions, every " << kStride << ". of "
            << mutants.all().size() << " mutants: " << found << " behave otherwise, " << equal
            << " do not (each tried with " << calls.size() << " calls), " << refused
            << " are no programs\n";
  EXPECT_GT(found, equal);
}

// The prover finds every mutant that behaves otherwise, and no other.
TEST(Mutation, OfLibseccompsFilter) { CheckMutants(&Compile); }
TEST(Mutation, OfOurFilter) { CheckMutants(&CompileDirect); }

}  // namespace
}  // namespace schema::filter
