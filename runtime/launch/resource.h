// Resource limits by name.

#pragma once

#include <string>
#include <vector>

#include "runtime/launch/plan.h"
#include "schema/error.h"

namespace runtime::launch {

// "nofile=1024:4096,core=0": names of RLIMIT_* in small letters, the soft and the hard limit; one
// number is both; "unlimited" is none. Units are the kernel's: bytes, seconds, processes, files.
// Errors: kInvalid, an unknown name (with the known ones), a name given twice, no number, a soft
// limit above the hard one. Source: setrlimit(2).
schema::Result<std::vector<Limit>> ParseLimits(const std::string& list);

// "nofile"; the number, where it has no name.
std::string ResourceName(int resource);

}  // namespace runtime::launch
