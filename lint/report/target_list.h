// Many targets in few words.

#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "schema/kernel/target.h"

namespace lint::report {

// "all", or what tells those of `indices` from the rest, by the keys that differ among `targets`:
// "arch=s390+s390x,kernel=4.3..6.12; arch=x86". A range is of the kernels in `targets`.
std::string TargetList(std::span<const schema::kernel::Target> targets,
                       std::span<const std::size_t> indices);

}  // namespace lint::report
