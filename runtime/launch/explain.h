// What a failed launch is called, and what to do about it.

#pragma once

#include <cstdint>

#include "runtime/launch/launch.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/spec.h"

namespace runtime::launch {

// `report` as the child wrote it, or as the parent made it of a failed clone.
LaunchError ExplainReport(const Report& report, const Spec& spec);

// The child ended with `status` (wait(2)) before execve succeeded, and wrote no report.
LaunchError ExplainDeath(int status, const Spec& spec);

}  // namespace runtime::launch
