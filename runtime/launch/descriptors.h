// Which file descriptors survive execve.

#pragma once

#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::launch {

using schema::Descriptor;

// Marks every open descriptor from 3 up close-on-exec, so that what a careless parent left open
// does not reach the programs that we start. For the start of main(), before any thread.
// Errors: kSystem, close_range(2) is missing (Linux before 5.11) and /proc/self/fd unreadable.
// Source: close_range(2), CLOSE_RANGE_CLOEXEC.
schema::Status MarkInheritedCloseOnExec();

}  // namespace runtime::launch
