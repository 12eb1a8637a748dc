#include "schema/filter/cost.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "schema/filter/check_program.h"
#include "schema/filter/instruction.h"
#include "schema/filter/interpret.h"
#include "schema/filter/seccomp_data.h"
#include "schema/kernel/syscall.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

// What is known of the accumulator.
using Known = std::optional<std::uint32_t>;

bool IsConditional(std::uint16_t code) { return BPF_CLASS(code) == BPF_JMP && code != kJump; }

// std::nullopt: a jump by a register, or what it looks at is not known.
std::optional<bool> IsTaken(const sock_filter& jump, Known a) {
  if (!a) return std::nullopt;
  switch (jump.code) {
    case kJumpIfEqual:
      return *a == jump.k;
    case kJumpIfGreater:
      return *a > jump.k;
    case kJumpIfNotLess:
      return *a >= jump.k;
    case kJumpIfBits:
      return (*a & jump.k) != 0;
    default:
      return std::nullopt;
  }
}

// The accumulator after what is no jump and no return.
Known After(const sock_filter& instruction, const policy::Call& call, Known a) {
  if (instruction.code == kLoadWord && instruction.k == 4 * kNumberWord) return call.number;
  if (instruction.code == kLoadWord && instruction.k == 4 * kArchitectureWord) {
    return call.audit_token;
  }
  if (instruction.code == kAnd && a) return *a & instruction.k;
  return std::nullopt;
}

void MeasureLoad(std::span<const sock_filter> program, const policy::Call& call, CallCost& cost) {
  Known a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    ++cost.at_load;
    if (instruction.code == kReturn) {
      cost.always_allowed = instruction.k == SECCOMP_RET_ALLOW;
      return;
    }
    if (instruction.code == kJump) {
      at += instruction.k;
    } else if (IsConditional(instruction.code)) {
      const auto taken = IsTaken(instruction, a);
      if (!taken) return;
      at += *taken ? instruction.jt : instruction.jf;
    } else if (a = After(instruction, call, a); !a) {
      return;
    }
  }
}

// Jumps lead forward: one pass finds the longest way to each instruction, by what A may hold there.
void MeasurePaths(std::span<const sock_filter> program, const policy::Call& call, CallCost& cost) {
  std::vector<std::map<Known, std::size_t>> longest(program.size());
  longest[0][Known(0)] = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    for (const auto& [a, before] : longest[at]) {
      const std::size_t executed = before + 1;
      const auto lead_to = [&, known = a](std::size_t skipped, bool changes) {
        std::size_t& there =
            longest[at + 1 + skipped][changes ? After(instruction, call, known) : known];
        there = std::max(there, executed);
      };
      if (BPF_CLASS(instruction.code) == BPF_RET) {
        cost.longest = std::max(cost.longest, executed);
        cost.can_be_allowed |= instruction.code != kReturn || instruction.k == SECCOMP_RET_ALLOW;
      } else if (instruction.code == kJump) {
        lead_to(instruction.k, false);
      } else if (IsConditional(instruction.code)) {
        const auto taken = IsTaken(instruction, a);
        if (taken.value_or(true)) lead_to(instruction.jt, false);
        if (!taken.value_or(false)) lead_to(instruction.jf, false);
      } else {
        lead_to(0, true);
      }
    }
  }
}

// Two calls of a table are nowhere farther from each other, and all tables begin at 0 but MIPS' and
// x32's.
constexpr std::uint32_t kLongestHole = 1024;

constexpr std::array kCompatible = {
    std::pair{Architecture::kX86_64, Architecture::kX86},
    std::pair{Architecture::kAarch64, Architecture::kArm},
    std::pair{Architecture::kParisc64, Architecture::kParisc},
    std::pair{Architecture::kPpc64, Architecture::kPpc},
    std::pair{Architecture::kS390x, Architecture::kS390},
};
constexpr std::array kWithoutCache = {
    Architecture::kMips,   Architecture::kMips64,   Architecture::kMips64n32,
    Architecture::kMipsel, Architecture::kMipsel64, Architecture::kMipsel64n32,
};
constexpr kernel::KernelVersion kFirstCache{5, 11};

}  // namespace

Result<std::vector<CallCost>> CostOf(std::span<const sock_filter> program,
                                     Architecture architecture,
                                     std::span<const std::uint32_t> numbers) {
  if (Status status = CheckProgram(program); !status) return std::move(status).error();
  std::vector<CallCost> costs;
  for (const std::uint32_t number : numbers) {
    const policy::Call call{kernel::Facts(architecture).audit_token, number, {}};
    const auto execution = Interpret(program, call);
    if (!execution) return execution.error();
    CallCost& cost = costs.emplace_back();
    cost.number = number;
    cost.executed = execution->instructions;
    MeasurePaths(program, call, cost);
    MeasureLoad(program, call, cost);
  }
  return costs;
}

double Mean(std::span<const CallCost> calls) {
  std::size_t sum = 0;
  for (const CallCost& call : calls) sum += call.executed;
  return calls.empty() ? 0 : static_cast<double>(sum) / static_cast<double>(calls.size());
}

std::size_t Most(std::span<const CallCost> calls) {
  std::size_t most = 0;
  for (const CallCost& call : calls) most = std::max(most, call.executed);
  return most;
}

std::vector<std::uint32_t> TableNumbers(Architecture architecture, kernel::KernelVersion kernel) {
  std::vector<std::uint32_t> numbers;
  std::uint32_t next = 0;
  for (const kernel::SyscallEntry& entry : kernel::SyscallEntries(architecture)) {
    if (!entry.In(kernel)) continue;
    if (entry.number - next > kLongestHole) next = entry.number;
    while (next <= entry.number) numbers.push_back(next++);
  }
  return numbers;
}

std::vector<Architecture> CachedArchitectures(Architecture architecture,
                                              kernel::KernelVersion kernel) {
  // There is no kernel for x32 alone.
  if (architecture == Architecture::kX32) architecture = Architecture::kX86_64;
  const bool without = std::ranges::find(kWithoutCache, architecture) != kWithoutCache.end();
  if (kernel < kFirstCache || without) return {};
  std::vector<Architecture> cached = {architecture};
  for (const auto& [native, compatible] : kCompatible) {
    if (native == architecture) cached.push_back(compatible);
  }
  return cached;
}

Result<std::optional<std::size_t>> LoadCost(std::span<const sock_filter> program,
                                            Architecture architecture,
                                            kernel::KernelVersion kernel) {
  std::optional<std::size_t> executed;
  for (const Architecture cached : CachedArchitectures(architecture, kernel)) {
    std::vector<std::uint32_t> numbers = TableNumbers(cached, kernel);
    while (!numbers.empty() && numbers.back() >= numbers.size()) numbers.pop_back();  // lie apart
    const auto calls = CostOf(program, cached, numbers);
    if (!calls) return calls.error();
    for (const CallCost& call : *calls) executed = executed.value_or(0) + call.at_load;
  }
  return executed;
}

}  // namespace schema::filter
