// Compile() in a process of its own: libseccomp never returns from some rules with arguments, and
// takes all memory for others.

#pragma once

#include <cstddef>
#include <functional>

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/policy/policy.h"

namespace schema::filter {

struct Bounds {
  unsigned cpu_seconds = 5;    // Docker's default takes 0.01
  unsigned wall_seconds = 60;  // on a machine that is busy with other things
  std::size_t memory_bytes = std::size_t{512} << 20U;  // beyond what this process has mapped
};

// The same as Compile(). Errors: as Compile(), and kLimit where a bound is reached: the message
// says which. Forks: call it where that is possible, with no lock held that Compile() needs.
// Source: fork(2), setrlimit(2).
Result<Filter> CompileBounded(const policy::Policy& policy, const Bounds& bounds = {});

// The same of another way to compile.
Result<Filter> WithinBounds(const std::function<Result<Filter>()>& compile,
                            const Bounds& bounds = {});

}  // namespace schema::filter
