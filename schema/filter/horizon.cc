#include "schema/filter/horizon.h"

#include <linux/seccomp.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>

#include "schema/filter/instruction.h"

namespace schema::filter {
namespace {

using kernel::Architecture;

constexpr std::uint32_t kReturnEnosys = SECCOMP_RET_ERRNO | ENOSYS;

// The architectures with a horizon that share an audit token.
struct Sharers {
  const policy::ArchitecturePolicy* ordinary = nullptr;
  const policy::ArchitecturePolicy* x32 = nullptr;
};

using Block = std::vector<sock_filter>;

// "Number above the horizon: ENOSYS", falling through to what follows otherwise. A call with a rule
// has a number above it only as a multiplexer (ipc, socketcall) of calls that are named: such a
// number goes out of the block, and the jumps over the block stay short.
void AppendCheck(const policy::ArchitecturePolicy* part, Block& block) {
  if (part == nullptr) return;
  for (const policy::CallPolicy& call : part->calls) {
    if (call.number <= *part->horizon) continue;
    block.push_back({kJumpIfEqual, 0, 1, call.number});
    block.push_back({kJump, 0, 0, 0});
  }
  block.push_back({kJumpIfGreater, 0, 1, *part->horizon});
  block.push_back({kReturn, 0, 0, kReturnEnosys});
}

// Loads the number and checks it; its last instruction is where the rest of the program begins.
Block CheckNumber(bool is_x86_64_token, const Sharers& sharers) {
  Block ordinary;
  Block x32;
  AppendCheck(sharers.ordinary, ordinary);
  AppendCheck(sharers.x32, x32);
  Block block = {{kLoadWord, 0, 0, offsetof(seccomp_data, nr)},
                 {kJumpIfEqual, 0, 1, kernel::kCancelledCall},
                 {kJump, 0, 0, 0}};  // out of the block: set by the caller
  if (is_x86_64_token) {
    const auto over = static_cast<std::uint8_t>(ordinary.size() + 1);
    block.push_back({kJumpIfNotLess, over, 0, kernel::kX32Bit});
  }
  block.insert(block.end(), ordinary.begin(), ordinary.end());
  if (is_x86_64_token) {
    block.push_back({kJump, 0, 0, 0});
    block.insert(block.end(), x32.begin(), x32.end());
  }
  block.push_back({kJump, 0, 0, 0});
  return block;
}

}  // namespace

void PrependHorizon(const policy::Policy& policy, std::vector<sock_filter>& program) {
  std::map<std::uint32_t, Sharers> by_token;
  for (const policy::ArchitecturePolicy& part : policy.architectures) {
    if (!part.horizon) continue;
    Sharers& sharers = by_token[kernel::Facts(part.architecture).audit_token];
    (part.architecture == Architecture::kX32 ? sharers.x32 : sharers.ordinary) = &part;
  }
  if (by_token.empty()) return;
  Block prefix = {{kLoadWord, 0, 0, offsetof(seccomp_data, arch)}};
  for (const auto& [token, sharers] : by_token) {
    const bool is_x86_64_token = token == kernel::Facts(Architecture::kX86_64).audit_token;
    const Block block = CheckNumber(is_x86_64_token, sharers);
    prefix.push_back({kJumpIfEqual, 0, static_cast<std::uint8_t>(block.size()), token});
    prefix.insert(prefix.end(), block.begin(), block.end());
  }
  // Every unconditional jump of the prefix leads to the program behind it.
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (prefix[i].code == kJump) prefix[i].k = static_cast<std::uint32_t>(prefix.size() - i - 1);
  }
  program.insert(program.begin(), prefix.begin(), prefix.end());
}

}  // namespace schema::filter
