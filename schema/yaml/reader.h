// Reads YAML into a Document: libyaml checks the grammar and tells the places, what Kubernetes
// makes of scalars is in scalar.h. Anchors, aliases and merge keys are expanded; what is expanded
// keeps the place where it is written.

#pragma once

#include <string>

#include "schema/json/reader.h"

namespace schema::yaml {

// As json::Read(): never fails, what is wrong is in the problems; after a syntax error, or beyond
// the bounds of json/reader.h, `valid` is false. What aliases repeat counts each time: in values,
// and in bytes, of which there may be kMaxTreeBytes. Documents without content are left out; of
// several the root is an array (Document::is_stream), of none it is null.
json::ReadResult Read(std::string text);

inline constexpr std::size_t kMaxTreeBytes = 4 * json::kMaxBytes;

}  // namespace schema::yaml
