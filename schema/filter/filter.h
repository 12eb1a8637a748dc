// Filter: a classic BPF program, as seccomp(2) loads it.

#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace schema::filter {

// BPF_MAXINSNS of linux/bpf_common.h.
inline constexpr std::size_t kMaxInstructions = 4096;

// Who answers the calls that get SCMP_ACT_NOTIFY: `listenerPath` and `listenerMetadata`.
struct Listener {
  std::string path;  // of a Unix socket; never empty
  std::string metadata;
};

struct Filter {
  std::vector<sock_filter>
      program;              // 1..kMaxInstructions of 8 bytes, in the byte order of this host
  std::uint32_t flags = 0;  // SECCOMP_FILTER_FLAG_* for seccomp(2)
  // To whom the descriptor goes that NEW_LISTENER brings: there if and only if that flag is.
  std::optional<Listener> listener = {};
};

}  // namespace schema::filter
