// Calls that match rules with different verdicts. Engines decide such a call by libseccomp's
// internals, so that the profile does not say what happens.

#pragma once

#include <vector>

#include "schema/error.h"
#include "schema/policy/policy.h"

namespace schema::policy {

struct Conflict {
  kernel::Architecture architecture = kernel::Architecture::kX86_64;
  const CallPolicy* call = nullptr;  // within the policy
  const Clause* first = nullptr;     // in the order of the profile
  const Clause* second = nullptr;
  Arguments witness{};  // arguments that match both
};

// The pairs of rules that some call makes conflict, once for each call and architecture, at most
// kMaxConflicts of a call: a pair more or less of so many tells nobody anything. `policy` must
// outlive the result.
inline constexpr std::size_t kMaxConflicts = 8;
std::vector<Conflict> FindConflicts(const Policy& policy);

// kInvalid where there is a conflict: no filter can do what the policy says. The first is named.
Status RefuseConflicts(const Policy& policy);

}  // namespace schema::policy
