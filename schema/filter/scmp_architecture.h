// libseccomp's tokens of architectures.

#pragma once

#include <seccomp.h>

#include <cstdint>

#include "schema/kernel/architecture.h"

namespace schema::filter {

// The kernel's audit token, but for x32, which has none of its own.
inline std::uint32_t ScmpArchitecture(kernel::Architecture architecture) {
  return architecture == kernel::Architecture::kX32 ? SCMP_ARCH_X32
                                                    : kernel::Facts(architecture).audit_token;
}

}  // namespace schema::filter
