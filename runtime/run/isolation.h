// Isolation: which isolators a container is put under, by the names that Mesos gives them.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/launch/spec.h"
#include "schema/error.h"

namespace runtime::run {

enum class Isolator : std::uint8_t {
  kSeccomp,       // linux/seccomp: a filter from a profile
  kFilesystem,    // filesystem/linux: its own mounts, and a root of its own if asked for
  kPid,           // namespaces/pid
  kIpc,           // namespaces/ipc
  kUts,           // namespaces/uts: its own host name
  kNet,           // namespaces/net: no network but a loopback that is down
  kCapabilities,  // linux/capabilities: a bounding set smaller than ours
  kNoNewPrivs,    // linux/nnp
  kCgroups,       // cgroups/all: a cgroup of its own, where a cgroup v2 is mounted
};

class Isolation {
 public:
  // "linux/seccomp,namespaces/pid"; an empty list is none of them.
  // Errors: kInvalid, an unknown name (with the known ones), or one given twice; kUnsupported, an
  // isolator of Mesos that this build lacks.
  static schema::Result<Isolation> Parse(std::string_view list);

  bool Has(Isolator isolator) const {
    return ((bits_ >> static_cast<unsigned>(isolator)) & 1U) != 0;
  }
  void Add(Isolator isolator) { bits_ |= 1U << static_cast<unsigned>(isolator); }

  launch::Namespaces NewNamespaces() const;

 private:
  std::uint32_t bits_ = 0;  // bit n: the Isolator of value n
};

// "linux/seccomp, filesystem/linux, ...": for messages and help.
std::string IsolatorNames();

}  // namespace runtime::run
