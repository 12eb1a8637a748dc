// Releases of libseccomp, which the engines compile profiles with: what each knows.

#pragma once

#include <optional>
#include <span>
#include <string>

#include "schema/kernel/architecture.h"
#include "schema/kernel/version.h"

namespace schema::kernel {

// A libseccomp: a release, or one that a distribution has patched.
struct Libseccomp {
  LibseccompVersion version;
  KernelVersion syscalls_until;  // the release of Linux that its table of calls ends at

  friend bool operator==(const Libseccomp&, const Libseccomp&) = default;
};

// The releases that changed the table of calls, oldest first.
std::span<const Libseccomp> LibseccompReleases();

// The release as its authors made it: one that changed nothing has the table of the one before it;
// one that is newer than all that are known here is taken to know every call.
Libseccomp LibseccompRelease(LibseccompVersion version);

// The first release that takes rules for the architecture.
LibseccompVersion LibseccompSince(Architecture architecture);

}  // namespace schema::kernel
