// Which arguments: a conjunction of comparisons outside some clauses, in few words.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "schema/policy/policy.h"
#include "schema/policy/remainder.h"
#include "schema/policy/satisfy.h"

namespace schema::policy {

// "arg0 == 40 and not (arg1 == 1 and arg2 == 0)", for arguments that meet `given` and match none of
// `clauses`; empty: all arguments. What follows from the rest is left out; what pins an argument to
// one value is said as that value. Some arguments must meet it. The text counts for nothing where
// `effort` is exhausted.
std::string DescribeArguments(std::span<const Comparison> given,
                              std::span<const Clause* const> clauses, unsigned argument_bits,
                              Effort& effort);

}  // namespace schema::policy
