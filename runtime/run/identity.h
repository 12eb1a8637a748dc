// Who a program runs as: user and groups by name or number, capabilities.

#pragma once

#include <string>
#include <string_view>

#include "runtime/launch/spec.h"
#include "runtime/run/accounts.h"
#include "schema/error.h"
#include "schema/kernel/capability.h"

namespace runtime::run {

// "name", "name:group", "1000:1000": names and numbers of this host's databases, as Mesos reads
// them, also where the container has a rootfs. Without a group: the user's own and all that he is a
// member of; with one: that one alone.
// Errors: kNotFound, no such user or group, or a number that no user bears without a group;
// kSystem, the databases cannot be read.
schema::Result<launch::User> FindUser(const std::string& text, const Accounts& accounts);

// Our own bounding set, beyond which no container gets. Source: capabilities(7), PR_CAPBSET_READ.
schema::kernel::CapabilitySet OwnBoundingSet();

schema::kernel::CapabilitySet Intersection(schema::kernel::CapabilitySet a,
                                           schema::kernel::CapabilitySet b);

}  // namespace runtime::run
