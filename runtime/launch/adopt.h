// Containers whose launcher is no more: their monitors (Spec::monitor) are found again.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/descriptors.h"
#include "runtime/launch/launch.h"
#include "schema/error.h"

namespace runtime::launch {

struct Monitors {
  std::chrono::steady_clock::time_point found = std::chrono::steady_clock::now();
  // Processes by the absolute path of the ending that each of them has not finished: the monitor,
  // and for a moment its container's first process.
  std::map<std::string, std::vector<pid_t>> by_ending;
  std::map<pid_t, pid_t> child_of;  // of each process that has any: the last one seen
};

// All of them, in one pass over /proc. Errors: kSystem.
schema::Result<Monitors> FindMonitors();

// The container whose ending is to be the file `name` of `folder`, an absolute path without links.
// std::nullopt: its monitor does not run; it has ended, then, or was never cloned: look at the
// files. Waits for a monitor that is just about to clone, or to end; and, until a second after it
// was found, for a launch that goes on without its launcher: most end in some milliseconds, or
// begin. Errors: kSystem.
schema::Result<std::optional<Process>> Adopt(const Monitors& monitors, const std::string& folder,
                                             const std::string& name);

}  // namespace runtime::launch
