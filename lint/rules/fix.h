// What `--fix` does about a finding: edits of the profile's text, which keep the author's
// formatting.

#pragma once

#include <string>
#include <vector>

#include "schema/span.h"

namespace lint::rules {

// Puts `text` in the place of what the span holds; an empty span inserts.
struct Edit {
  schema::Span span;
  std::string text;

  friend bool operator==(const Edit&, const Edit&) = default;
};

struct Fix {
  // Whether the profile means the same afterwards, on every target. Others run only when asked
  // for: what they change is in the summary.
  bool safe = true;
  std::string summary;      // an imperative: "remove the rule"
  std::vector<Edit> edits;  // apart from each other, ascending

  friend bool operator==(const Fix&, const Fix&) = default;
};

}  // namespace lint::rules
