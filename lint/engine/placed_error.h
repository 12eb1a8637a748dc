// What is wrong with a file that is read for its settings: where it is wrong.

#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/span.h"

namespace lint::engine {

// kInvalid, "PATH:LINE:COLUMN: MESSAGE". `text`: the file's.
inline schema::Error PlacedError(const std::string& path, std::string_view text, schema::Span span,
                                 const std::string& message) {
  const schema::Position place = schema::Locate(text, span.begin);
  return {
      schema::ErrorCode::kInvalid,
      path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + message,
      0};
}

}  // namespace lint::engine
