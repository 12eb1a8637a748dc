// Proves that a classic BPF program does what a policy says: for every architecture, number and
// argument.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/action.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// A call on which the program and the policy differ.
struct Counterexample {
  policy::Call call;
  kernel::Verdict expected;  // the policy's
  kernel::Verdict got;       // the program's
};

// std::nullopt: proved. Runs the program symbolically, every path of it: what it has learnt of the
// architecture and the number is a set of intervals, of the arguments a conjunction of comparisons.
// At each return the conjunction is decided against the policy's clauses (policy::FindValues): no
// sampling. Errors: kInvalid, the kernel would refuse the program, or the policy is ambiguous;
// kUnsupported, the program calculates with what it loads beyond masking (named); kLimit, more than
// kMaxPaths paths. A program that is not proved must not be loaded.
Result<std::optional<Counterexample>> FindCounterexample(std::span<const sock_filter> program,
                                                         const policy::Policy& policy);

// Compile() and the proof of what it made: the way to a filter that may be loaded.
// Errors: as both; kUnsupported, the compiled filter differs from the policy (the call is named).
Result<Filter> CompileAndProve(const policy::Policy& policy);

inline constexpr std::size_t kMaxPaths = 1'000'000;

}  // namespace schema::filter
