// Policy: what a profile means on one target. The only definition of what a call gets: rules,
// queries, compilers and the isolator all read it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/policy/condition.h"
#include "schema/span.h"

namespace schema::policy {

// One way for a call to get a verdict: all conditions hold (none: always).
struct Clause {
  std::vector<Condition> conditions;
  kernel::Verdict verdict;
  std::size_t rule = 0;  // the index in Profile::syscalls of the rule it comes from
  std::size_t name = 0;  // and of the name in Rule::AllNames(): for a multiplexer, the call's
  // The clause is about a call that is reached through a multiplexer: its own conditions cannot be
  // checked there, since the arguments lie in memory.
  bool through_multiplexer = false;
};

struct CallPolicy {
  std::uint32_t number = 0;  // of seccomp_data.nr: x32's with kernel::kX32Bit
  std::string name;
  std::vector<Clause> clauses;
};

struct ArchitecturePolicy {
  kernel::Architecture architecture = kernel::Architecture::kX86_64;
  std::vector<CallPolicy> calls;  // ascending by number; a call without clauses is left out
  // Numbers above this, but for kernel::kCancelledCall, get ENOSYS instead of the default;
  // std::nullopt: no horizon.
  std::optional<std::uint32_t> horizon;
  std::optional<std::uint32_t> highest_named;  // of the calls that the profile names here

  const CallPolicy* Find(std::uint32_t number) const;  // nullptr: the call gets the default
};

// A name that has no effect, since no Linux has such a call, or since the engine's libseccomp does
// not know it and the engine drops what its libseccomp does not know.
struct DroppedName {
  Spanned<std::string> name;
  std::size_t rule = 0;
};

struct Policy {
  kernel::Verdict default_verdict;
  std::vector<ArchitecturePolicy> architectures;  // the target's own first
  std::uint32_t flags = 0;                        // SECCOMP_FILTER_FLAG_*
  std::vector<DroppedName> dropped;

  const ArchitecturePolicy* Find(kernel::Architecture architecture) const;
  // The part that speaks of the call: x32 shares x86_64's token.
  const ArchitecturePolicy* Find(std::uint32_t audit_token, std::uint32_t number) const;
};

// A system call as a filter sees it: seccomp_data of linux/seccomp.h.
struct Call {
  std::uint32_t audit_token = 0;  // AUDIT_ARCH_*
  std::uint32_t number = 0;
  Arguments arguments{};
};

struct Decision {
  kernel::Verdict verdict;             // the first rule's where it is ambiguous
  bool ambiguous = false;              // matching rules give different verdicts
  std::vector<const Clause*> because;  // the matching clauses; empty: the default (or bad arch)
};

// What `call` gets: exactly, for every architecture, number and argument. `policy` must outlive the
// result.
Decision Decide(const Policy& policy, const Call& call);

// The width of an argument on the architecture: 32 or 64.
unsigned ArgumentBits(kernel::Architecture architecture);

}  // namespace schema::policy
