#include "lint/cli/placed_call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/kernel/syscall.h"

namespace lint::cli {
namespace {

using schema::kernel::Architecture;
using schema::kernel::AuditRecord;
using schema::kernel::Target;

// The machine whose 64-bit kernel serves the 32-bit ABI.
constexpr std::array kMachines = {
    std::pair{Architecture::kX86, Architecture::kX86_64},
    std::pair{Architecture::kX32, Architecture::kX86_64},
    std::pair{Architecture::kArm, Architecture::kAarch64},
    std::pair{Architecture::kMips, Architecture::kMips64},
    std::pair{Architecture::kMips64n32, Architecture::kMips64},
    std::pair{Architecture::kMipsel, Architecture::kMipsel64},
    std::pair{Architecture::kMipsel64n32, Architecture::kMipsel64},
    std::pair{Architecture::kParisc, Architecture::kParisc64},
    std::pair{Architecture::kPpc, Architecture::kPpc64},
    std::pair{Architecture::kS390, Architecture::kS390x},
};

// `compat`: by the record; without it, the target's machine decides.
Architecture MachineOf(Architecture architecture, std::optional<bool> compat, Architecture target) {
  if (architecture == target) return target;
  const auto* found =
      std::ranges::find(kMachines, architecture, &std::pair<Architecture, Architecture>::first);
  if (found == kMachines.end()) return architecture;
  const bool only_compat = architecture == Architecture::kX32;
  if (only_compat || compat.value_or(found->second == target)) return found->second;
  return architecture;
}

// Nothing tells whether a cancelled call was x32's.
std::optional<Architecture> ArchitectureOf(std::uint32_t token,
                                           std::optional<std::uint32_t> number) {
  const bool is_known = number && number != schema::kernel::kCancelledCall;
  return schema::kernel::ArchitectureOf(token, is_known ? *number : 0);
}

}  // namespace

schema::policy::Call PlacedCall::call() const {
  const std::uint32_t token =
      architecture ? schema::kernel::Facts(*architecture).audit_token : 0;  // no architecture's
  return {token, number.value_or(0), {}};
}

PlacedCall Place(const AuditRecord& record, const Target& target) {
  PlacedCall placed;
  placed.target = target;
  placed.arch = record.arch;
  placed.architecture = target.architecture;
  placed.number = record.number;
  if (!record.arch.empty()) {
    placed.architecture =
        record.audit_token ? ArchitectureOf(*record.audit_token, record.number) : std::nullopt;
  }
  if (!placed.architecture) return placed;
  if (!placed.number) {
    placed.number = schema::kernel::NumberOf(*placed.architecture, record.syscall);
  }
  placed.target.architecture = MachineOf(*placed.architecture, record.compat, target.architecture);
  placed.name = placed.number
                    ? std::string(schema::kernel::NameOf(*placed.architecture, *placed.number))
                    : record.syscall;
  return placed;
}

std::span<const schema::policy::Clause> ClausesOf(const schema::policy::Policy& policy,
                                                  const PlacedCall& placed) {
  const auto* part = placed.architecture ? policy.Find(*placed.architecture) : nullptr;
  const auto* call = part == nullptr || !placed.number ? nullptr : part->Find(*placed.number);
  if (call == nullptr) return {};
  return call->clauses;
}

bool Names(const schema::profile::Rule& rule, std::string_view name) {
  return std::ranges::any_of(rule.AllNames(), [&](const auto& item) { return item.value == name; });
}

}  // namespace lint::cli
