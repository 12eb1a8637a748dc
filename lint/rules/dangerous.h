// Which calls a container is better off without: for the rules on what is allowed too much.

#pragma once

#include <string_view>

#include "schema/kernel/risk.h"
#include "schema/profile/profile.h"

namespace lint::rules {

// The risk of a call that Docker's default profile denies, or allows with a capability alone that
// its containers do not have; nullptr: no such call. Without the calls for NUMA,
// which Docker ties to CAP_SYS_NICE and databases use on their own memory; and without
// clone and clone3, whose risk lies in their arguments, while all threads need them.
// Source: seccomp/default.json of moby/profiles.
const schema::kernel::Risk* DangerOf(std::string_view call);

// Whether the profile names ten calls or more. One that names fewer takes something away for a
// reason of its own, or shows something: nobody takes it for a sandbox, and what it leaves open is
// not told.
bool IsSandbox(const schema::profile::Profile& profile);

}  // namespace lint::rules
