// The libseccomp that this program runs with.

#pragma once

#include "schema/kernel/libseccomp_release.h"

namespace schema::filter {

// Its version, and where its table of calls ends: that is asked of the library itself, since
// distributions add newer calls to older releases.
kernel::Libseccomp Library();

// Lets the library make filters with all actions and flags that it knows, whatever the kernel of
// this machine has: a policy's target need not be this machine. Whoever forks to compile does this
// before: a child would wait forever for a thread that is at it. Source: seccomp_api_set(3).
void UseWholeLibrary();

}  // namespace schema::filter
