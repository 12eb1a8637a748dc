// What one call gets, by regions of its arguments: for those who know the call and not the
// arguments.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/policy/policy.h"

namespace schema::policy {

// A verdict that some arguments of the call get.
struct CallOutcome {
  kernel::Verdict verdict;
  // Which arguments, as conjunctions of which one holds; they may overlap. Empty: all of them.
  std::vector<std::string> when;
  bool by_default = false;  // some of them match no rule
};

// All verdicts of the call, each once: rules' in their order, then the default's. Exact.
// `architecture`: the call's; std::nullopt where no Linux known here has its audit token. The
// call's arguments are not looked at. Errors: kInvalid, two rules contradict each other on this
// call: which; kLimit, too entangled to decide within kMaxEffort.
Result<std::vector<CallOutcome>> OutcomesOf(const Policy& policy,
                                            std::optional<kernel::Architecture> architecture,
                                            const Call& call);

// What a change of the policy does to the arguments whose verdict was in question.
struct Gain {
  bool all = false;               // each of them is allowed now
  std::vector<std::string> when;  // else: those that are; empty: none is
};

// `in_question`: of the old policy's verdicts. Errors: as OutcomesOf, of either policy.
Result<Gain> GainOf(const Policy& old_policy, const Policy& new_policy,
                    std::optional<kernel::Architecture> architecture, const Call& call,
                    const std::function<bool(kernel::Verdict)>& in_question);

}  // namespace schema::policy
