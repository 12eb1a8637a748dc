// The numbers that a profile names, and from where on engines answer ENOSYS instead of the default.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lint/rules/rule.h"

namespace lint::rules {

struct NamedCall {
  std::uint32_t number = 0;
  std::string_view name;  // in the profile
  schema::Span span;      // of the first name with that number
};

// The calls of `architecture` that the rules which apply name, ascending by number, each once.
// Names that the engine drops do not count.
std::vector<NamedCall> NamedCalls(const Context& context,
                                  schema::kernel::Architecture architecture);

// Whether the target's engine answers numbers above the highest named one with ENOSYS.
bool HasHorizon(schema::kernel::Engine engine);

// Whether it is by ERRNO, but not by ENOSYS: the errors that a C library takes for an answer.
bool IsOtherErrno(schema::kernel::Verdict verdict);

}  // namespace lint::rules
