// Capabilities: what `caps` of a profile's conditions names, compared with a bounding set.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/kernel/version.h"

namespace schema::kernel {

// The names in the order of their numbers, "CAP_CHOWN" being 0 (linux/capability.h).
std::span<const std::string_view> CapabilityNames();

// The first Linux that has the capability: before, no bounding set holds it.
KernelVersion CapabilitySince(unsigned capability);

// "CAP_CHOWN", exactly as profiles write it.
std::optional<unsigned> ParseCapability(std::string_view name);

class CapabilitySet {
 public:
  constexpr CapabilitySet() = default;
  constexpr explicit CapabilitySet(std::uint64_t bits) : bits_(bits) {}

  // Every capability of CapabilityNames().
  static CapabilitySet All();
  // The 14 that Docker gives a container: moby, daemon/pkg/oci/caps/defaults.go.
  static CapabilitySet Docker();

  bool Has(unsigned capability) const { return ((bits_ >> capability) & 1U) != 0; }
  void Add(unsigned capability) { bits_ |= std::uint64_t{1} << capability; }
  std::uint64_t bits() const { return bits_; }  // bit n: capability n

  friend bool operator==(const CapabilitySet&, const CapabilitySet&) = default;

 private:
  std::uint64_t bits_ = 0;
};

// "docker", "all", "none", "CAP_CHOWN+CAP_KILL": as in --target.
std::string ToString(CapabilitySet set);

// The same for a message: "all but CAP_SYS_RESOURCE" where that names fewer.
std::string Summary(CapabilitySet set);

// Errors: kInvalid, not of that form or an unknown name, with the one nearest to it.
schema::Result<CapabilitySet> ParseCapabilities(std::string_view text);

}  // namespace schema::kernel
