// Removing a folder with all that is in it, which a container may have filled.

#pragma once

#include <string>

#include "schema/error.h"

namespace runtime::agent {

// However deep it is, with two descriptors: a descriptor a level would let a container use up all
// that the agent has. Links are removed, not followed. Nothing to do where there is none. Errors:
// kSystem; what is left may be less deep then.
schema::Status RemoveTree(const std::string& path);

}  // namespace runtime::agent
