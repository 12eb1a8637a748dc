// What a process gains by a system call that sandboxes keep from it: why one thinks twice before a
// profile allows it.

#pragma once

#include <span>
#include <string_view>

namespace schema::kernel {

struct Risk {
  std::string_view call;
  std::string_view gains;   // "mounts file systems, ...": a verb's third person, no period
  std::string_view source;  // a manual page, or "Docker": docs.docker.com/engine/security/seccomp
};

// By name; each call is one of Syscalls().
std::span<const Risk> Risks();
const Risk* FindRisk(std::string_view call);  // nullptr: none is known

}  // namespace schema::kernel
