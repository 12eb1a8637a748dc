// Programs from anybody, given to the prover with a policy. It ends within its budget; what it
// proves, interpretation confirms on many calls; its witness differs as it says.
//
// Input: a byte that chooses the policy and the form, then
//   raw     the program, 8 bytes an instruction
//   shaped  the same, but each instruction is made one that the kernel takes in that place
//   edits   changes of the policy's own filter: 2 bytes of place, 1 of field, 4 of value

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/parts.h"
#include "fuzz/require.h"
#include "fuzz/sample_calls.h"
#include "schema/filter/check_program.h"
#include "schema/filter/cost.h"
#include "schema/filter/direct.h"
#include "schema/filter/interpret.h"
#include "schema/filter/listing.h"
#include "schema/filter/prove.h"
#include "schema/filter/raw_program.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

using schema::kernel::FromRet;
using schema::policy::Call;
using schema::policy::Policy;
using Program = std::vector<sock_filter>;

// A default alone, conditions of every kind, two architectures with a horizon, big endian.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPolicies = {{
    {R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []})", "arch=x86_64"},
    {R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
       {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
       {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
         {"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
       {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
         {"index": 0, "value": 40, "op": "SCMP_CMP_NE"}, {"index": 1, "value": 7, "op": "SCMP_CMP_LT"}]},
       {"names": ["mmap"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
         {"index": 2, "value": 17179869189, "op": "SCMP_CMP_GE"}]},
       {"names": ["ptrace"], "action": "SCMP_ACT_TRACE", "errnoRet": 7}]})",
     "arch=x86_64"},
    {R"({"defaultAction": "SCMP_ACT_ERRNO",
       "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [
       {"names": ["read", "close", "openat2"], "action": "SCMP_ACT_ALLOW"},
       {"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [
         {"index": 1, "value": 21522, "op": "SCMP_CMP_GT"}]}]})",
     "arch=x86_64"},
    {R"({"defaultAction": "SCMP_ACT_KILL_PROCESS", "syscalls": [
       {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [
         {"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]},
       {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})",
     "arch=s390x"},
}};

std::vector<Policy> MakePolicies() {
  std::vector<Policy> policies;
  for (const auto& [profile, target] : kPolicies) {
    const auto parsed = schema::profile::Parse(schema::json::Read(std::string(profile)).document);
    policies.push_back(*schema::policy::Resolve(
        *parsed.profile,
        *schema::kernel::ParseTarget(std::string(target) + ",kernel=6.1,caps=docker", {}),
        {.enosys_horizon = policies.size() == 2}));
  }
  return policies;
}

// What the kernel takes in a filter: check_program.cc.
constexpr auto kCodes = std::to_array<std::uint16_t>({
    BPF_LD | BPF_W | BPF_ABS,
    BPF_LD | BPF_W | BPF_LEN,
    BPF_LDX | BPF_W | BPF_LEN,
    BPF_RET | BPF_K,
    BPF_RET | BPF_A,
    BPF_ALU | BPF_ADD | BPF_K,
    BPF_ALU | BPF_ADD | BPF_X,
    BPF_ALU | BPF_SUB | BPF_K,
    BPF_ALU | BPF_SUB | BPF_X,
    BPF_ALU | BPF_MUL | BPF_K,
    BPF_ALU | BPF_MUL | BPF_X,
    BPF_ALU | BPF_DIV | BPF_K,
    BPF_ALU | BPF_DIV | BPF_X,
    BPF_ALU | BPF_AND | BPF_K,
    BPF_ALU | BPF_AND | BPF_X,
    BPF_ALU | BPF_OR | BPF_K,
    BPF_ALU | BPF_OR | BPF_X,
    BPF_ALU | BPF_XOR | BPF_K,
    BPF_ALU | BPF_XOR | BPF_X,
    BPF_ALU | BPF_LSH | BPF_K,
    BPF_ALU | BPF_LSH | BPF_X,
    BPF_ALU | BPF_RSH | BPF_K,
    BPF_ALU | BPF_RSH | BPF_X,
    BPF_ALU | BPF_NEG,
    BPF_LD | BPF_IMM,
    BPF_LDX | BPF_IMM,
    BPF_MISC | BPF_TAX,
    BPF_MISC | BPF_TXA,
    BPF_LD | BPF_MEM,
    BPF_LDX | BPF_MEM,
    BPF_ST,
    BPF_STX,
    BPF_JMP | BPF_JA,
    BPF_JMP | BPF_JEQ | BPF_K,
    BPF_JMP | BPF_JEQ | BPF_X,
    BPF_JMP | BPF_JGE | BPF_K,
    BPF_JMP | BPF_JGE | BPF_X,
    BPF_JMP | BPF_JGT | BPF_K,
    BPF_JMP | BPF_JGT | BPF_X,
    BPF_JMP | BPF_JSET | BPF_K,
    BPF_JMP | BPF_JSET | BPF_X,
});

// Loads of no cell before its store aside, what is left is a filter.
void Shape(Program& program) {
  constexpr std::uint32_t kWords = 16;  // of seccomp_data; as many cells
  for (std::size_t i = 0; i < program.size(); ++i) {
    sock_filter& instruction = program[i];
    if (std::ranges::find(kCodes, instruction.code) == kCodes.end()) {
      instruction.code = kCodes[instruction.code % kCodes.size()];
    }
    const std::size_t behind = program.size() - 1 - i;
    if (behind == 0) {
      instruction = {BPF_RET | BPF_K, 0, 0, instruction.k};
    } else if (instruction.code == (BPF_LD | BPF_W | BPF_ABS)) {
      instruction.k = instruction.k % kWords * 4;
    } else if (instruction.code == (BPF_JMP | BPF_JA)) {
      instruction.k = static_cast<std::uint32_t>(instruction.k % behind);
    } else if (BPF_CLASS(instruction.code) == BPF_JMP) {
      instruction.jt = static_cast<std::uint8_t>(instruction.jt % behind);
      instruction.jf = static_cast<std::uint8_t>(instruction.jf % behind);
    } else if (BPF_CLASS(instruction.code) == BPF_ST || BPF_CLASS(instruction.code) == BPF_STX ||
               BPF_MODE(instruction.code) == BPF_MEM) {
      instruction.k %= kWords;
    }
  }
}

void Edit(std::string_view edits, Program& program) {
  constexpr std::size_t kEdit = 7;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>(edits[i]));
  };
  for (; edits.size() >= kEdit; edits.remove_prefix(kEdit)) {
    sock_filter& instruction = program[(byte(0) | byte(1) << 8U) % program.size()];
    const std::uint32_t value = byte(3) | byte(4) << 8U | byte(5) << 16U | byte(6) << 24U;
    switch (byte(2) % 6) {
      case 0:
        instruction.code = kCodes[value % kCodes.size()];
        break;
      case 1:
        instruction.jt = static_cast<std::uint8_t>(byte(3));
        break;
      case 2:
        instruction.jf = static_cast<std::uint8_t>(byte(3));
        break;
      case 3:
        instruction.k = value;
        break;
      case 4:
        instruction.k ^= std::uint32_t{1} << value % 32U;
        break;
      default:
        std::swap(instruction.jt, instruction.jf);
        break;
    }
  }
}

Program Make(std::string_view input, unsigned form, const Policy& policy) {
  if (form == 2) {
    Program program = schema::filter::CompileDirect(policy)->program;
    Edit(input, program);
    return program;
  }
  auto program = schema::filter::FromRaw(input.substr(0, input.size() / 8 * 8));
  if (!program) return {};
  if (form != 0) Shape(*program);
  return std::move(*program);
}

// Calls around every value of the program, too.
std::vector<Call> CallsFor(const Policy& policy, const Program& program) {
  std::vector<Call> calls = fuzz::CallsAround(policy);
  const std::size_t known = std::min<std::size_t>(calls.size(), 64);
  for (std::size_t i = 0; i < std::min<std::size_t>(program.size(), 32); ++i) {
    const std::uint32_t k = program[i].k;
    for (std::size_t j = 0; j < known; ++j) {
      Call call = calls[j];
      call.arguments[i % call.arguments.size()] =
          i % 2 == 0 ? k : (std::uint64_t{k} << 32U | (k + 1));
      if (j % 3 == 0) call.number = k;
      calls.push_back(call);
    }
  }
  return calls;
}

// Both forms know the same instructions, those that compilers make.
void CheckListing(const Program& program) {
  const auto c = schema::filter::ToC(program);
  const auto assembly = schema::filter::ToAssembly(program);
  REQUIRE(c.has_value() == assembly.has_value());
  REQUIRE(c || c.error().code == schema::ErrorCode::kUnsupported);
  REQUIRE(c || assembly.error().code == schema::ErrorCode::kUnsupported);
  const auto lines = [](const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  };
  REQUIRE(!c || (lines(*c) >= program.size() && lines(*assembly) >= program.size()));
}

void CheckCost(const Program& program, const Policy& policy) {
  constexpr std::uint32_t kNumbers[] = {0, 1, 41, 56, 0x40000000, 0xFFFFFFFF};
  for (const auto& part : policy.architectures) {
    const auto costs = schema::filter::CostOf(program, part.architecture, kNumbers);
    REQUIRE(costs && costs->size() == std::size(kNumbers));
    for (const auto& cost : *costs) {
      const Call call{schema::kernel::Facts(part.architecture).audit_token, cost.number, {}};
      const auto execution = schema::filter::Interpret(program, call);
      REQUIRE(execution && execution->instructions == cost.executed);
      REQUIRE(cost.executed <= cost.longest && cost.longest <= program.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Policy> policies = MakePolicies();
  if (size == 0) return 0;
  const Policy& policy = policies[data[0] % policies.size()];
  const Program program = Make(fuzz::AsText(data + 1, size - 1), data[0] / 4 % 3, policy);
  if (program.empty()) return 0;
  constexpr schema::filter::Budget kBudget{.paths = 20'000, .steps = 2'000'000};
  const auto found = schema::filter::FindCounterexample(program, policy, kBudget);
  if (const auto checked = schema::filter::CheckProgram(program); !checked) {
    REQUIRE(!found && found.error().code == schema::ErrorCode::kInvalid);
    return 0;
  }
  CheckListing(program);
  CheckCost(program, policy);
  if (!found) {
    REQUIRE(found.error().code == schema::ErrorCode::kUnsupported ||
            found.error().code == schema::ErrorCode::kLimit);
    return 0;
  }
  if (*found) {
    const auto& example = **found;
    const auto execution =
        schema::filter::Interpret(program, example.call, example.instruction_pointer);
    REQUIRE(execution && FromRet(execution->ret) == example.got);
    REQUIRE(Decide(policy, example.call).verdict == example.expected);
    REQUIRE(example.got != example.expected);
    return 0;
  }
  for (const Call& call : CallsFor(policy, program)) {
    const auto execution = schema::filter::Interpret(program, call);
    REQUIRE(execution && FromRet(execution->ret) == Decide(policy, call).verdict);
  }
  return 0;
}
