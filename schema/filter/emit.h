// The instructions of a decision graph.

#pragma once

#include <linux/filter.h>

#include <vector>

#include "schema/error.h"
#include "schema/filter/decision_graph.h"

namespace schema::filter {

// A program that decides as `root` does. A word that is loaded already is not loaded again; what is
// come to most often stands nearest. Where a jump's 8 bits do not reach, the return is repeated, or
// an unconditional jump stands between. Errors: kLimit, it has more than kMaxInstructions.
Result<std::vector<sock_filter>> Emit(const DecisionGraph& graph, NodeId root);

}  // namespace schema::filter
