// From a profile to what the runtime gets: linted, resolved, compiled, proved.

#pragma once

#include <string>

#include "runtime/oci/bundle.h"
#include "runtime/oci/configuration.h"
#include "runtime/oci/source.h"
#include "schema/error.h"
#include "schema/kernel/capability.h"

namespace runtime::oci {

// What goes into config.json: see Bundle::With().
struct Made {
  std::string seccomp;
  std::string program;

  friend bool operator==(const Made&, const Made&) = default;
};

// For a container with that bounding set, on this host. `whole`: the text of config.json, where the
// source is a part of it, for the places of findings. Known from a create before: out of the cache.
// Errors: kInvalid, what seccomp-lint calls an error, with the findings; kUnsupported and kLimit,
// no proved filter comes of it, or the runtime cannot be held to one; kSystem.
schema::Result<Made> MakeFor(const Source& source, const std::string& whole,
                             schema::kernel::CapabilitySet bounding,
                             const Configuration& configuration);

// What seccomp-lint warns of in a profile of the directory, with the places; "": of nothing.
std::string WarningsOf(const Source& source, schema::kernel::CapabilitySet bounding,
                       const Configuration& configuration);

}  // namespace runtime::oci
