// Which profile a container gets.

#pragma once

#include <optional>
#include <string>

#include "runtime/oci/bundle.h"
#include "runtime/oci/configuration.h"
#include "schema/error.h"
#include "schema/span.h"

namespace runtime::oci {

// The text of a profile and what messages call it.
struct Source {
  std::string name;
  std::string text;
  // Of linux.seccomp in config.json, which the text is a part of then.
  std::optional<schema::Span> in_bundle;
};

// The annotation's profile, else the node's default, else what the engine wrote. std::nullopt: the
// container is to have no filter, and the configuration allows it.
// Errors: kInvalid, an annotation where none is allowed, or no filter where that is refused;
// those of isolator::ReadProfileFile().
schema::Result<std::optional<Source>> ChooseSource(const Bundle& bundle,
                                                   const Configuration& configuration);

// The profile `name` of the configured directory. Errors: as above.
schema::Result<Source> ReadSource(const std::string& name, const Configuration& configuration);

}  // namespace runtime::oci
