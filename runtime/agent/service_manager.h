// Telling the service manager how we are: the protocol of sd_notify(3), one datagram a message.

#pragma once

#include <string>
#include <string_view>

#include "schema/error.h"

namespace runtime::agent {

// Sends `state`, "READY=1" or the like, to the socket `address`: a path, or an abstract name with
// an @ before it ($NOTIFY_SOCKET). Nothing where the address is empty.
// Errors: kInvalid, no such form of address; kSystem.
schema::Status Notify(const std::string& address, std::string_view state);

}  // namespace runtime::agent
