// How a container with a monitor (Spec::monitor) has ended, as the monitor has written it down.

#pragma once

#include <time.h>

#include <optional>
#include <string>

#include "schema/error.h"

namespace runtime::launch {

struct Ending {
  int status = 0;         // of wait(2), of the program: DescribeExit()
  timespec time = {};     // CLOCK_REALTIME, when the monitor saw it
  bool has_begun = true;  // false: the launch has failed, and the status tells nothing of a program
};

// Reads the file `name` of the open folder `folder`: "STATUS SECONDS.NANOSECONDS\n" in decimal,
// behind "never begun: " where no program was executed. The file appears whole when the container
// has ended, after the end of the container's process and before that of the monitor. Whoever has
// no child of his own to wait for (a launcher that was started again) waits for the monitor's end,
// then reads. std::nullopt: there is no such file. Where the monitor has ended and there is none,
// it was killed. Errors: kSystem, it cannot be read; kInvalid, it holds something else.
schema::Result<std::optional<Ending>> ReadEnding(int folder, const std::string& name);

// Whether a container without a monitor and without that file can have begun. False: its launch was
// cut off before.
bool CanHaveBegun(int folder, const std::string& name);

}  // namespace runtime::launch
