// Telling the service manager how we are: the protocol of sd_notify(3), one datagram a message.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace runtime::agent {

// Sends `state`, "READY=1" or the like, to the socket `address`: a path, or an abstract name with
// an @ before it ($NOTIFY_SOCKET). Nothing where the address is empty. Does not wait.
// Errors: kInvalid, no such form of address; kSystem.
schema::Status Notify(const std::string& address, std::string_view state);

// How often to send WATCHDOG=1: twice in the time after which the service manager takes us for
// dead. 0: it does not watch us. `usec`, `pid`: $WATCHDOG_USEC, $WATCHDOG_PID, empty where they are
// not set. Source: sd_watchdog_enabled(3).
std::chrono::microseconds WatchdogInterval(std::string_view usec, std::string_view pid, pid_t own);

}  // namespace runtime::agent
