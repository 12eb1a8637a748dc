// Rules on calls that libseccomp does not know, put before a program that does not have them: its
// rules are by name, so that it cannot take them.

#pragma once

#include <linux/filter.h>

#include <span>
#include <vector>

#include "schema/kernel/action.h"
#include "schema/policy/policy.h"

namespace schema::filter {

// A call and the architecture of its part of the policy.
struct NewerCall {
  kernel::Architecture architecture;
  const policy::CallPolicy* call;
};

// Each of the calls gets what its clauses say, `otherwise` where none matches; all other calls go
// on to `program`. Where several clauses match, the first counts: the policy has no conflicts.
void PrependNewerCalls(std::span<const NewerCall> calls, kernel::Verdict otherwise,
                       std::vector<sock_filter>& program);

}  // namespace schema::filter
