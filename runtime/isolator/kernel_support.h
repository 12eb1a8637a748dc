// Whether this kernel can filter system calls.

#pragma once

#include "schema/error.h"

namespace runtime::isolator {

// Errors: kUnsupported, the running kernel has no seccomp filters, with what to do.
schema::Status CheckKernelHasFilters();

}  // namespace runtime::isolator
