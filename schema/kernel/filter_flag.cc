#include "schema/kernel/filter_flag.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

// linux/seccomp.h and seccomp(2); WAIT_KILLABLE_RECV: commit c2aa2dfef243 ("seccomp: Add
// wait_killable semantic to seccomp user notifier"), first in 5.19.
// libseccomp: seccomp_attr_set(3) and its CHANGELOG; SPEC_ALLOW is SCMP_FLTATR_CTL_SSB, API
// level 4.
constexpr std::array kFlags = {
    FilterFlag{"SECCOMP_FILTER_FLAG_TSYNC", 1U << 0U, {3, 17}, {{2, 2, 0}}},
    FilterFlag{"SECCOMP_FILTER_FLAG_LOG", 1U << 1U, {4, 14}, {{2, 4, 0}}},
    FilterFlag{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1U << 2U, {4, 17}, {{2, 5, 0}}},
    FilterFlag{"SECCOMP_FILTER_FLAG_NEW_LISTENER", 1U << 3U, {5, 0}, std::nullopt},
    FilterFlag{"SECCOMP_FILTER_FLAG_TSYNC_ESRCH", 1U << 4U, {5, 7}, std::nullopt},
    FilterFlag{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1U << 5U, {5, 19}, {{2, 6, 0}}},
};

}  // namespace

std::span<const FilterFlag> FilterFlags() { return kFlags; }

const FilterFlag* FindFilterFlag(std::string_view name) {
  const auto* found = std::ranges::find(kFlags, name, &FilterFlag::name);
  return found == kFlags.end() ? nullptr : found;
}

}  // namespace schema::kernel
