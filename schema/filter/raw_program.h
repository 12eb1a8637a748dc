// Programs as files: what seccomp_export_bpf(3), `seccomp-lint compile --emit raw` and bubblewrap's
// --seccomp have in common.

#pragma once

#include <linux/filter.h>

#include <string_view>
#include <vector>

#include "schema/error.h"

namespace schema::filter {

// An array of struct sock_filter, 8 bytes each, little endian. Whether the kernel takes the program
// is CheckProgram()'s to say. Errors: kInvalid, no bytes, no multiple of 8, or more than
// kMaxInstructions.
Result<std::vector<sock_filter>> FromRaw(std::string_view bytes);

}  // namespace schema::filter
