// What a comparison says, as plainly as it can be written: what the clever ways are held against.

#pragma once

#include <cstdint>

#include "schema/policy/satisfy.h"

namespace schema::policy {

inline bool Holds(const Comparison& comparison, std::uint64_t value) {
  const std::uint64_t left = value & comparison.mask;
  switch (comparison.relation) {
    case Relation::kEqual:
      return left == comparison.value;
    case Relation::kNotEqual:
      return left != comparison.value;
    case Relation::kLess:
      return left < comparison.value;
    case Relation::kLessOrEqual:
      return left <= comparison.value;
    case Relation::kGreater:
      return left > comparison.value;
    case Relation::kGreaterOrEqual:
      return left >= comparison.value;
  }
  return false;
}

}  // namespace schema::policy
