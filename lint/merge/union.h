// The union of what several profiles mean on one target: for every architecture, number and
// argument the most permissive verdict that one of them gives, by the order of seccomp(2); of two
// that are equally so, SCMP_ACT_ERRNO with different numbers, a rule's before a default's, and the
// earlier profile's default.
//
// That is exact where the profiles' rules allow: a policy is a list of conditions that give a
// verdict and has none that take one away. So there is no union where a rule that is stricter, or
// denies in another way, stands across the border of what another profile allows.

#pragma once

#include <span>

#include "schema/error.h"
#include "schema/policy/policy.h"

namespace lint::merge {

// `policies`: at least one, all of one target, without a horizon. The clauses keep the indices of
// their own profiles. Errors: kInvalid, there is none: which call, and why; or a policy is
// ambiguous; kLimit, the rules are too entangled to tell.
schema::Result<schema::policy::Policy> Unite(std::span<const schema::policy::Policy> policies);

}  // namespace lint::merge
