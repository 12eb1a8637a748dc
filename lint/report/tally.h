// How many findings there are: what the end of a report says of all files.

#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string_view>

#include "lint/engine/engine.h"

namespace lint::report {

struct Tally {
  struct OfRule {
    const rules::Rule* rule = nullptr;
    std::array<std::size_t, 3> by_severity = {};  // indexed by Severity
    std::size_t suppressed = 0;
  };

  std::size_t files = 0;
  std::size_t unreadable = 0;                // paths; not among `files`
  std::map<std::string_view, OfRule> rules;  // by id: those with findings

  void Add(const engine::FileReport& file);
  void Add(const Tally& other);

  std::size_t Count(rules::Severity severity) const;
  std::size_t Suppressed() const;
};

}  // namespace lint::report
