#include "schema/kernel/version.h"

#include <charconv>

namespace schema::kernel {
namespace {

// Takes a decimal number off the front of `text`; std::nullopt where there is none that fits.
std::optional<std::uint32_t> TakeNumber(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

bool TakeDot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<KernelVersion> TakeMajorMinor(std::string_view& text) {
  const auto major = TakeNumber(text);
  if (!major || !TakeDot(text)) return std::nullopt;
  const auto minor = TakeNumber(text);
  if (!minor) return std::nullopt;
  return KernelVersion{*major, *minor};
}

// The last release of each major version that is closed:
// https://www.kernel.org/category/releases.html and Documentation/process/2.Process.rst. 2.6 counts
// as one release: its third number never changes what a profile means.
std::uint32_t LastMinor(std::uint32_t major) {
  switch (major) {
    case 2:
      return 6;
    case 4:
      return 20;
    default:
      return 19;
  }
}

}  // namespace

std::vector<KernelVersion> ReleasesBetween(KernelVersion first, KernelVersion last) {
  std::vector<KernelVersion> releases;
  for (KernelVersion release = first; release <= last;) {
    releases.push_back(release);
    if (++release.minor > LastMinor(release.major)) release = {release.major + 1, 0};
  }
  return releases;
}

std::optional<KernelVersion> ParseMinKernel(std::string_view text) {
  constexpr std::uint32_t kMost = 255;  // moby reads each number as 8 bits, and refuses 0.0
  const auto version = TakeMajorMinor(text);
  if (!version || !text.empty() || version->major > kMost || version->minor > kMost) {
    return std::nullopt;
  }
  return *version == KernelVersion{} ? std::nullopt : version;
}

std::optional<KernelVersion> ParseRelease(std::string_view text) {
  const auto version = TakeMajorMinor(text);
  if (TakeDot(text) && !TakeNumber(text)) return std::nullopt;
  // "5.10+6.1" is no release: nobody shall believe that it means two.
  const bool plus_number = text.size() > 1 && text[0] == '+' && text[1] >= '0' && text[1] <= '9';
  const bool ends_well = text.empty() || text[0] == '-' || (text[0] == '+' && !plus_number);
  return ends_well ? version : std::nullopt;
}

std::optional<LibseccompVersion> ParseLibseccompVersion(std::string_view text) {
  const auto first = TakeMajorMinor(text);
  if (!first) return std::nullopt;
  std::uint32_t micro = 0;
  if (TakeDot(text)) {
    const auto number = TakeNumber(text);
    if (!number) return std::nullopt;
    micro = *number;
  }
  if (!text.empty()) return std::nullopt;
  return LibseccompVersion{first->major, first->minor, micro};
}

std::string ToString(KernelVersion version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string ToString(LibseccompVersion version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.micro);
}

}  // namespace schema::kernel
