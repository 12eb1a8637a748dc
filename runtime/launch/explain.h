// What a failed launch is called, and what to do about it.

#pragma once

#include <cstdint>
#include <string>

#include "runtime/launch/launch.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/spec.h"

namespace runtime::launch {

// What was to be launched.
struct Attempt {
  const Spec& spec;
  std::string listener;  // the path of the filter's, late or not; empty: it has none
};

// `report` as the child wrote it, or as the parent made it of a failed clone.
LaunchError ExplainReport(const Report& report, const Attempt& attempt);

// The child ended with `status` (wait(2)) before execve succeeded, and wrote no report.
LaunchError ExplainDeath(int status, const Attempt& attempt);

// It has not executed, and has not ended either: its listener does not answer.
LaunchError ExplainSilence(const Attempt& attempt);

}  // namespace runtime::launch
