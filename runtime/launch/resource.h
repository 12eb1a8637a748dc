// Resource limits by name.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/launch/plan.h"
#include "schema/error.h"

namespace runtime::launch {

// "512", "64m", "64M", "64MB", "64MiB": a number, and a unit of b, k, m, g or t, in small or
// capital letters, with b or ib behind it or not; each is 1024 of the one before, as in Docker's
// options. std::nullopt: it is of no such form, or beyond 64 bits.
std::optional<std::uint64_t> ParseBytes(std::string_view text);
inline constexpr std::string_view kByteForms = "a number of bytes, or one with k, m, g or t: 64m";

// "nofile=1024:4096,core=0,stack=8m": names of RLIMIT_* in small letters, the soft and the hard
// limit; one number is both; "unlimited" is none. Units are the kernel's: bytes, as ParseBytes has
// them, seconds, processes, files.
// Errors: kInvalid, an unknown name (with the known ones), a name given twice, no number, a soft
// limit above the hard one. Source: setrlimit(2).
schema::Result<std::vector<Limit>> ParseLimits(const std::string& list);

// "nofile"; the number, where it has no name.
std::string ResourceName(std::int64_t resource);

}  // namespace runtime::launch
