#include "schema/kernel/libseccomp_release.h"

#include <algorithm>
#include <array>

namespace schema::kernel {
namespace {

// libseccomp's CHANGELOG: "Update the syscall table for Linux v5.17". Up to 2.1 it says nothing:
// then the release of Linux of that month.
constexpr std::array kReleases = {
    Libseccomp{{1, 0, 0}, {3, 5}},  Libseccomp{{2, 0, 0}, {3, 7}},  Libseccomp{{2, 1, 0}, {3, 9}},
    Libseccomp{{2, 2, 0}, {3, 19}}, Libseccomp{{2, 3, 0}, {4, 5}},  Libseccomp{{2, 3, 2}, {4, 10}},
    Libseccomp{{2, 3, 3}, {4, 15}}, Libseccomp{{2, 4, 0}, {5, 0}},  Libseccomp{{2, 4, 2}, {5, 4}},
    Libseccomp{{2, 5, 0}, {5, 8}},  Libseccomp{{2, 5, 2}, {5, 14}}, Libseccomp{{2, 5, 3}, {5, 15}},
    Libseccomp{{2, 5, 4}, {5, 17}}, Libseccomp{{2, 5, 5}, {6, 7}},  Libseccomp{{2, 6, 0}, {6, 13}},
};

constexpr KernelVersion kUnknownFuture{~0U, 0};

}  // namespace

std::span<const Libseccomp> LibseccompReleases() { return kReleases; }

Libseccomp LibseccompRelease(LibseccompVersion version) {
  if (version > kReleases.back().version) return {version, kUnknownFuture};
  const auto* next = std::ranges::upper_bound(kReleases, version, {}, &Libseccomp::version);
  const KernelVersion until =
      next == kReleases.begin() ? KernelVersion{} : std::prev(next)->syscalls_until;
  return {version, until};
}

// libseccomp's CHANGELOG, "Add support for ... architecture".
LibseccompVersion LibseccompSince(Architecture architecture) {
  switch (architecture) {
    case Architecture::kX86:
    case Architecture::kX86_64:
      return {1, 0, 0};
    case Architecture::kX32:
    case Architecture::kArm:
      return {2, 1, 0};
    case Architecture::kAarch64:
    case Architecture::kMips:
    case Architecture::kMips64:
    case Architecture::kMips64n32:
    case Architecture::kMipsel:
    case Architecture::kMipsel64:
    case Architecture::kMipsel64n32:
      return {2, 2, 0};
    case Architecture::kPpc:
    case Architecture::kPpc64:
    case Architecture::kPpc64le:
    case Architecture::kS390:
    case Architecture::kS390x:
      return {2, 3, 0};
    case Architecture::kParisc:
    case Architecture::kParisc64:
      return {2, 4, 0};
    case Architecture::kRiscv64:
      return {2, 5, 0};
    case Architecture::kLoongarch64:
    case Architecture::kM68k:
    case Architecture::kSh:
    case Architecture::kSheb:
      return {2, 6, 0};
  }
  return {1, 0, 0};
}

}  // namespace schema::kernel
