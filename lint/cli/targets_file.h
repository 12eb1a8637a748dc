// --targets FILE: the machines of a fleet, as a JSON list of strings in --target's form, or as the
// nodes that Kubernetes prints.

#pragma once

#include <string>
#include <vector>

#include "schema/error.h"

namespace lint::cli {

// In --target's form, each can be read. Errors: kSystem, the file cannot be read; kInvalid,
// with FILE:LINE:COLUMN of what is wrong, an empty list included: it would check nothing.
schema::Result<std::vector<std::string>> ReadTargetsFile(const std::string& path);

}  // namespace lint::cli
