// The decision of a call whose rules have conditions.

#pragma once

#include "schema/filter/decision_graph.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// Which return the arguments of `call` get, `otherwise` where no clause matches. The arguments are
// looked at in turn, each word once on a path; clauses that would need too large a graph so (their
// ranges overlap in several arguments) are decided one after the other. The policy has no conflict.
NodeId ArgumentGraph(kernel::Architecture architecture, const policy::CallPolicy& call,
                     NodeId otherwise, DecisionGraph& graph);

}  // namespace schema::filter
