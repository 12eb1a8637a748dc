// The cgroup of a container, with cgroups/all: made before its launch, ended after its end, and
// meanwhile nobody's but its own, so that it outlives an agent that is killed. The next one knows
// it by its name, which is in the container's record.

#pragma once

#include <optional>
#include <string>

#include "runtime/agent/refusal.h"
#include "runtime/launch/cgroup.h"

namespace runtime::agent {

// `record`: the path of the folder of the container's record. No container of another agent has
// the same name, also where that agent sees another folder at the same path.
std::string CgroupName(const std::string& record, const std::string& id);

// std::nullopt: no cgroup v2 is mounted, and there are no limits. Refused: this machine cannot hold
// the limits, with the reason.
Granted<std::optional<launch::Cgroup>> MakeCgroup(const std::string& name,
                                                  const launch::CgroupLimits& limits);

}  // namespace runtime::agent
