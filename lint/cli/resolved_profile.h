// A profile as the object that holds on its target, without conditions on capabilities, kernels and
// architectures: what resolve prints and convert writes.

#pragma once

#include <boost/json/object.hpp>

#include "lint/cli/profile_input.h"

namespace lint::cli {

// linux.seccomp of an OCI runtime's config.json, which Docker reads as a profile, too. Source:
// https://github.com/opencontainers/runtime-spec, config-linux.md.
boost::json::object ResolvedObject(const ProfileInput& input);

}  // namespace lint::cli
