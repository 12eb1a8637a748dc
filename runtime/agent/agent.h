// The agent as a whole: from validated flags to a server that runs until it is told to stop.

#pragma once

#include <functional>
#include <string>

#include "runtime/agent/composer.h"
#include "runtime/agent/flags.h"
#include "schema/error.h"

namespace runtime::agent {

struct Events {
  // Connections are taken at `address`.
  std::function<void(const std::string& address)> ready;
  // TERM or INT has come; the containers are being killed.
  std::function<void()> stopping;
};

// Listens, and serves until TERM or INT. Then it takes no more connections, kills its containers,
// answers those who wait for them, and returns: its containers are its children, of whose end
// nobody could tell after it. Should it be killed itself, they get SIGKILL from the kernel.
// Errors: kInvalid, another agent is there; kSystem. Nothing listens then.
schema::Status Serve(const Flags& flags, Composer composer, const std::string& version,
                     const Events& events);

}  // namespace runtime::agent
