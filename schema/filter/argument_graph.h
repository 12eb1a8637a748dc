// The decision of a call whose rules have conditions.

#pragma once

#include <cstddef>

#include "schema/filter/decision_graph.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// What graphs may take to make, in looks at a clause: some nanoseconds each.
struct Effort {
  std::size_t left = 20'000'000;   // for a policy
  std::size_t a_call = 5'000'000;  // kMaxClauses of equalities take 4 million
};

// Which return the arguments of `call` get, `otherwise` where no clause matches. The arguments are
// looked at in turn, each word once on a path; clauses that would take too much effort so (their
// ranges overlap in several arguments) are decided one after the other. The policy has no conflict.
NodeId ArgumentGraph(kernel::Architecture architecture, const policy::CallPolicy& call,
                     NodeId otherwise, DecisionGraph& graph, Effort& effort);

}  // namespace schema::filter
