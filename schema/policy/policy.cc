#include "schema/policy/policy.h"

#include <algorithm>

namespace schema::policy {
namespace {

using kernel::Architecture;

constexpr std::uint16_t kEnosys = 38;  // asm-generic/errno.h

// libseccomp's action for an architecture that the filter does not include: seccomp_attr_get(3),
// SCMP_FLTATR_ACT_BADARCH.
constexpr kernel::Verdict kBadArchitecture{kernel::Action::kKillThread, 0};

bool HasToken(const Policy& policy, std::uint32_t token) {
  return std::ranges::any_of(policy.architectures, [&](const ArchitecturePolicy& part) {
    return kernel::Facts(part.architecture).audit_token == token;
  });
}

}  // namespace

const CallPolicy* ArchitecturePolicy::Find(std::uint32_t number) const {
  const auto found = std::ranges::lower_bound(calls, number, {}, &CallPolicy::number);
  return found != calls.end() && found->number == number ? &*found : nullptr;
}

const ArchitecturePolicy* Policy::Find(Architecture architecture) const {
  const auto found =
      std::ranges::find(architectures, architecture, &ArchitecturePolicy::architecture);
  return found == architectures.end() ? nullptr : &*found;
}

const ArchitecturePolicy* Policy::Find(std::uint32_t audit_token, std::uint32_t number) const {
  // Every decision comes by here: among the policy's own few, not among all architectures.
  for (const ArchitecturePolicy& part : architectures) {
    if (kernel::Facts(part.architecture).audit_token != audit_token) continue;
    const bool x32_number = number >= kernel::kX32Bit;
    if (part.architecture == Architecture::kX86_64 && x32_number) continue;
    if (part.architecture == Architecture::kX32 && !x32_number) continue;
    return &part;
  }
  return nullptr;
}

Decision Decide(const Policy& policy, const Call& call) {
  const ArchitecturePolicy* part = policy.Find(call.audit_token, call.number);
  if (part == nullptr) {
    const bool cancelled =
        call.number == kernel::kCancelledCall && HasToken(policy, call.audit_token);
    return {cancelled ? policy.default_verdict : kBadArchitecture, false, {}};
  }
  const CallPolicy* call_policy = part->Find(call.number);
  Decision decision{policy.default_verdict, false, {}};
  if (call_policy == nullptr) {
    if (part->horizon && call.number > *part->horizon && call.number != kernel::kCancelledCall) {
      decision.verdict = {kernel::Action::kErrno, kEnosys};
    }
    return decision;
  }
  Arguments arguments = call.arguments;
  if (ArgumentBits(part->architecture) == 32) {
    for (std::uint64_t& argument : arguments) argument &= 0xFFFFFFFF;
  }
  for (const Clause& clause : call_policy->clauses) {
    const bool matches = std::ranges::all_of(clause.conditions, [&](const Condition& condition) {
      return Matches(condition, arguments);
    });
    if (!matches) continue;
    if (decision.because.empty()) {
      decision.verdict = clause.verdict;
    } else if (clause.verdict != decision.verdict) {
      decision.ambiguous = true;
    }
    decision.because.push_back(&clause);
  }
  return decision;
}

unsigned ArgumentBits(Architecture architecture) {
  return kernel::Facts(architecture).long_is_32_bits ? 32 : 64;
}

}  // namespace schema::policy
