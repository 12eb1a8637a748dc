// That a joined profile is the union of its parts.

#pragma once

#include <span>
#include <vector>

#include "lint/merge/join.h"
#include "schema/error.h"
#include "schema/kernel/target.h"

namespace lint::merge {

// The targets on which the profiles' conditions decide differently, made of `host`: the
// architectures that they name and the host's; without and with each capability that they name,
// alone and with all others; the releases of Linux before and at each minKernel.
std::vector<schema::kernel::Target> TargetsThatMatter(std::span<const Part> parts,
                                                      const schema::kernel::Target& host);

// Compares, on each of `targets`, what `whole` means with Unite() of what the parts mean: exactly,
// for every architecture, number and argument. Errors: kInvalid, a call gets another verdict, which
// is said, or there is no union; kLimit, they are too entangled to tell.
schema::Status CheckUnion(std::span<const Part> parts, const schema::profile::Profile& whole,
                          std::span<const schema::kernel::Target> targets);

}  // namespace lint::merge
