// Resolves a Profile for a Target: which architectures, which rules apply, what each call gets.

#pragma once

#include <optional>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"

namespace schema::policy {

struct ResolveOptions {
  bool enosys_horizon = false;  // AddHorizon()
};

// A rule or argument that could not be typed (Profile::complete is false then) is left out.
// Errors: kInvalid, the profile has no default action or has both `architectures` and `archMap`;
// kLimit, a call has more than kMaxClauses rules, multiplexed ones included: no filter of the
// kernel's length could hold them.
inline constexpr std::size_t kMaxClauses = 1024;
Result<Policy> Resolve(const profile::Profile& profile, const kernel::Target& target,
                       ResolveOptions options = {});

// With a default of ERRNO, numbers above the highest that the profile names on an architecture get
// ENOSYS, so that a new C library falls back to an older call instead of failing. As runc does:
// libcontainer/seccomp/patchbpf.
void AddHorizon(Policy& policy);

// All that Resolve reads of a target: targets with equal keys get equal policies.
struct ResolutionKey {
  kernel::Architecture architecture;
  std::optional<kernel::KernelVersion> syscalls_until;  // std::nullopt: no name is dropped
  std::vector<bool> applies;                            // by rule

  friend auto operator<=>(const ResolutionKey&, const ResolutionKey&) = default;
};
ResolutionKey KeyOf(const profile::Profile& profile, const kernel::Target& target);

// Whether the rule's excludes and includes keep it on the target.
bool Applies(const profile::Rule& rule, const kernel::Target& target);

// What the argument condition says; std::nullopt where it is incomplete or its index out of range.
std::optional<Condition> ConditionOf(const profile::Argument& argument);

// The rule's verdict; std::nullopt where it has no action. EPERM where it says no errno; of
// `errnoRet` and `errno` the number counts.
std::optional<kernel::Verdict> VerdictOf(const profile::Rule& rule);
std::optional<kernel::Verdict> DefaultVerdictOf(const profile::Profile& profile);

}  // namespace schema::policy
