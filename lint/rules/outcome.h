// All that a call can get, whatever its arguments: for rules about calls that are let through in
// part.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "schema/kernel/architecture.h"
#include "schema/policy/policy.h"

namespace lint::rules {

struct Outcome {
  schema::kernel::Verdict verdict;
  schema::policy::Arguments arguments{};           // that get it
  const schema::policy::Clause* clause = nullptr;  // nullptr: the default
};

// An outcome for each clause of `call` that some arguments with `given` meet, and the default's
// where some meet none. `call`: nullptr, a call without clauses.
std::vector<Outcome> OutcomesOf(const schema::policy::Policy& policy,
                                const schema::policy::CallPolicy* call, unsigned argument_bits,
                                std::span<const schema::policy::Condition> given = {});

// Whether some arguments of the call pass. False where the architecture does not have the call.
bool PassesSomehow(const schema::policy::Policy& policy,
                   const schema::policy::ArchitecturePolicy& part, std::string_view name);

}  // namespace lint::rules
