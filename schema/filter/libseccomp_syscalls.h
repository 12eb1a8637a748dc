// The table of system calls of the libseccomp that this program runs with.

#pragma once

#include "schema/kernel/syscall_table.h"

namespace schema::filter {

// One table for the whole program; safe to use from several threads. An architecture is read from
// libseccomp at its first use, some 0.3 ms.
const kernel::SyscallTable& LibseccompSyscalls();

}  // namespace schema::filter
