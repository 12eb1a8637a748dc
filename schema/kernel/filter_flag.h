// The flags of seccomp(2), as `flags` of a profile names them.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "schema/kernel/version.h"

namespace schema::kernel {

struct FilterFlag {
  std::string_view name;  // SECCOMP_FILTER_FLAG_LOG, as in profiles
  std::uint32_t bit;      // linux/seccomp.h
  KernelVersion since;    // seccomp(2)
  // The first release with an attribute that sets it, for engines that load filters by libseccomp;
  // std::nullopt: libseccomp has none, and decides itself.
  std::optional<LibseccompVersion> libseccomp_since;
};

std::span<const FilterFlag> FilterFlags();
const FilterFlag* FindFilterFlag(std::string_view name);  // nullptr: there is none

}  // namespace schema::kernel
