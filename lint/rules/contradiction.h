// For the rules about contradicting rules: the conflicts of a policy, each told once.

#pragma once

#include <string>
#include <vector>

#include "lint/rules/rule.h"
#include "schema/policy/conflict.h"

namespace lint::rules {

struct Contradiction {
  const schema::policy::Clause* first = nullptr;  // in the order of the profile
  const schema::policy::Clause* second = nullptr;
  const schema::policy::Conflict* conflict = nullptr;
  std::string name;   // the call that the second clause is about: "socket"
  std::string where;  // " on x86"; empty on the target's own architecture

  // The rules meet only in a multiplexed call, which does not show the arguments of either.
  bool ThroughMultiplexerAlone() const {
    return first->through_multiplexer && second->through_multiplexer;
  }
};

// Once for each pair of names in the profile, however many architectures it is found on: on the
// target's own one and in the call itself, if it is found there.
std::vector<Contradiction> Contradictions(const Context& context);

// "clone(arg0=0x10000000)": a call that matches both, with the arguments that matter.
std::string WitnessCall(const schema::policy::Conflict& conflict);

}  // namespace lint::rules
