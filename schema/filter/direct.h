// Compiles a Policy into a Filter, by ourselves.

#pragma once

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// Compiles `policy` into a classic BPF program, 1..kMaxInstructions instructions: one search tree
// over the numbers of each architecture, and below it shared decisions on arguments. For any
// architecture on any host; asks neither the kernel nor libseccomp. Takes some hundred microseconds
// for Docker's default, and time and memory in bounds for every policy. Errors: kInvalid, some call
// matches rules with different verdicts (the first is named); kLimit, too
// long. Allocates: call before clone, never in the child.
Result<Filter> CompileDirect(const policy::Policy& policy);

}  // namespace schema::filter
