// The libseccomp that this program runs with.

#pragma once

#include "schema/kernel/libseccomp_release.h"

namespace schema::filter {

// Its version, and where its table of calls ends: that is asked of the library itself, since
// distributions add newer calls to older releases.
kernel::Libseccomp Library();

}  // namespace schema::filter
