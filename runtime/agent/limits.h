// What a LAUNCH_CONTAINER call says about the size of a container: its members `resources` and
// `limits`. Source: agent.proto (LaunchContainer) and mesos.proto (Resource, Value.Scalar) of Mesos
// 1.11.

#pragma once

#include <optional>

#include "runtime/agent/body.h"
#include "runtime/launch/cgroup.h"
#include "schema/error.h"
#include "schema/json/document.h"

namespace runtime::agent {

// cpus and mem (in MiB) alone. Resources of one name are added up; a limit takes their place, and
// Infinity is none. std::nullopt: the call has neither member, or empty ones.
// Errors: kInvalid, with the position; kUnsupported likewise, another name.
schema::Result<std::optional<launch::CgroupLimits>> ReadLimits(const Body& body,
                                                               const schema::json::Value& call);

}  // namespace runtime::agent
