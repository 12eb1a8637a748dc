// What tells a finding from others, wherever in its file it stands.

#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "lint/engine/engine.h"

namespace lint::engine {

// 16 hexadecimal digits of the rule, the message, the keys that lead to the finding's place and the
// text there. Lines, columns and indices are left out: a rule put in before it changes nothing.
std::string Fingerprint(const schema::json::Document& document, const Report& report);

// Tells equal findings of one file apart: "6f1ed002ab559585:1", then ":2".
class Fingerprints {
 public:
  explicit Fingerprints(const schema::json::Document& document) : document_(document) {}

  std::string Next(const Report& report);

 private:
  const schema::json::Document& document_;
  std::map<std::string, std::size_t> seen_;
};

}  // namespace lint::engine
