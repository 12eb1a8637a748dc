// Compiles a Policy into a Filter, by libseccomp.

#pragma once

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// Compiles `policy` into a classic BPF program, 1..kMaxInstructions instructions. Each architecture
// is compiled from its own part of the policy, so that values too wide for its arguments are not
// cut as libseccomp would. Errors: kInvalid, some call matches rules with different verdicts (the
// first is named); kUnsupported, this libseccomp lacks an action or architecture (named); kLimit,
// too long; kSystem. Allocates: call before clone, never in the child. Source: seccomp_rule_add(3),
// seccomp_merge(3), seccomp_export_bpf(3).
Result<Filter> Compile(const policy::Policy& policy);

}  // namespace schema::filter
