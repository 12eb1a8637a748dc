// Versions of the kernel and of libseccomp.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace schema::kernel {

// A kernel's first two numbers; the third never changes what a profile means.
struct KernelVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;

  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

struct LibseccompVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t micro = 0;

  friend auto operator<=>(const LibseccompVersion&, const LibseccompVersion&) = default;
};

// The releases of Linux from `first` to `last`, both included, oldest first.
std::vector<KernelVersion> ReleasesBetween(KernelVersion first, KernelVersion last);

// "4.8" exactly: as `minKernel` in a profile.
std::optional<KernelVersion> ParseMinKernel(std::string_view text);

// "5.10", "5.10.0-8-amd64", "6.1-rc3": as on a command line and in uname(2)'s release.
std::optional<KernelVersion> ParseRelease(std::string_view text);

// "2.5.4" or "2.5".
std::optional<LibseccompVersion> ParseLibseccompVersion(std::string_view text);

std::string ToString(KernelVersion version);
std::string ToString(LibseccompVersion version);

}  // namespace schema::kernel
