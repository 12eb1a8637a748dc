#include "schema/kernel/capability.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include "schema/kernel/suggestion.h"

namespace schema::kernel {
namespace {

// linux/capability.h, in order of number.
constexpr std::array<std::string_view, 41> kNames = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

struct Since {
  unsigned first;  // and those that follow, up to the next entry's
  KernelVersion release;
};

// capabilities(7): "since Linux ..." of each; those without came with 2.2.
constexpr std::array kSince = {
    Since{0, {2, 2}},  Since{27, {2, 4}},  Since{29, {2, 6}}, Since{35, {3, 0}},
    Since{36, {3, 5}}, Since{37, {3, 16}}, Since{38, {5, 8}}, Since{40, {5, 9}},
};

constexpr std::array<std::string_view, 14> kDockerNames = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE",
};

}  // namespace

KernelVersion CapabilitySince(unsigned capability) {
  return std::prev(std::ranges::upper_bound(kSince, capability, {}, &Since::first))->release;
}

std::span<const std::string_view> CapabilityNames() { return kNames; }

std::optional<unsigned> ParseCapability(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<unsigned>(found - kNames.begin());
}

CapabilitySet CapabilitySet::All() {
  return CapabilitySet((std::uint64_t{1} << kNames.size()) - 1);
}

CapabilitySet CapabilitySet::Docker() {
  CapabilitySet set;
  for (const std::string_view name : kDockerNames) set.Add(*ParseCapability(name));
  return set;
}

std::string ToString(CapabilitySet set) {
  if (set == CapabilitySet::Docker()) return "docker";
  if (set == CapabilitySet::All()) return "all";
  std::string text;
  for (unsigned i = 0; i < kNames.size(); ++i) {
    if (!set.Has(i)) continue;
    if (!text.empty()) text += '+';
    text += kNames[i];
  }
  return text.empty() ? "none" : text;
}

std::string Summary(CapabilitySet set) {
  const CapabilitySet missing(CapabilitySet::All().bits() & ~set.bits());
  const bool is_most = std::popcount(missing.bits()) < std::popcount(set.bits());
  if (!is_most || missing.bits() == 0 || set == CapabilitySet::Docker()) return ToString(set);
  return "all but " + ToString(missing);
}

namespace {

Error UnknownCapability(const std::string& name) {
  std::string suggestion = DidYouMean(name, kNames);
  // Docker's options and Mesos leave out the prefix.
  if (suggestion.empty()) suggestion = DidYouMean("CAP_" + name, kNames);
  return {ErrorCode::kInvalid,
          "unknown capability \"" + name + "\"" + suggestion +
              "; capabilities are docker, all, none or CAP_A+CAP_B, of those in capabilities(7)",
          0};
}

}  // namespace

Result<CapabilitySet> ParseCapabilities(std::string_view text) {
  if (text == "docker") return CapabilitySet::Docker();
  if (text == "all") return CapabilitySet::All();
  CapabilitySet set;
  if (text == "none") return set;
  for (;;) {
    const std::size_t end = std::min(text.find('+'), text.size());
    const std::string name(text.substr(0, end));
    const auto capability = ParseCapability(name);
    if (!capability) return UnknownCapability(name);
    set.Add(*capability);
    if (end == text.size()) return set;
    text.remove_prefix(end + 1);
  }
}

}  // namespace schema::kernel
