// What changes from one policy to another: exactly, for every architecture, number and argument.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/policy/policy.h"

namespace schema::policy {

// Calls that get `old_verdict` from the one policy and another, `new_verdict`, from the other.
struct Difference {
  enum class Scope : std::uint8_t {
    kCall,          // one call, some or all of its arguments
    kUnnamed,       // what no rule of either policy matches: a change of the default
    kArchitecture,  // an architecture that one policy alone includes: the other kills its calls
  };
  Scope scope = Scope::kCall;
  kernel::Architecture architecture = kernel::Architecture::kX86_64;
  std::string name;          // of a kCall
  std::uint32_t number = 0;  // of a kCall: with kernel::kX32Bit
  kernel::Verdict old_verdict;
  kernel::Verdict new_verdict;
  // Of a kCall: the arguments that it is about, as conjunctions of which one holds; they may
  // overlap. Empty: all arguments.
  std::vector<std::string> when;
  // Such a call: the least arguments of the first conjunction, upper words zero where an argument
  // has 32 bits.
  Call witness;
  unsigned arguments = 0;  // the witness's first ones, behind which no condition looks
  // Of a kUnnamed, where a horizon divides the numbers: the numbers it is about.
  std::uint32_t first_number = 0;
  std::uint32_t last_number = 0;
  std::size_t calls = 0;  // of a kArchitecture: how many named calls get the verdict somehow
};

// Every pair of verdicts that some call of an architecture and number gets, by architecture (the
// old policy's first) and number. What no rule matches is told once for an architecture, not again
// for each call, and an architecture that only one policy includes once for each verdict there.
// Clauses of a multiplexer's calls count as they do in Decide(). Errors: kInvalid, a policy is
// ambiguous: which, the rules and a call are named; kLimit, the rules are too entangled to decide
// within kMaxEffort.
Result<std::vector<Difference>> FindDifferences(const Policy& old_policy, const Policy& new_policy);

// In steps of FindValues(): about half a second.
inline constexpr std::size_t kMaxEffort = 300'000'000;

}  // namespace schema::policy
