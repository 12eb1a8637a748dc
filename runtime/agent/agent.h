// The agent as a whole: from validated flags to a server that runs until it is told to stop.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "runtime/agent/composer.h"
#include "runtime/agent/credentials.h"
#include "runtime/agent/flags.h"
#include "runtime/agent/log.h"
#include "runtime/agent/tls.h"
#include "schema/error.h"
#include "schema/filter/filter.h"

namespace runtime::agent {

struct Events {
  // Connections are taken at `address`.
  std::function<void(const std::string& address)> ready;
  // TERM or INT has come; the containers are being killed.
  std::function<void()> stopping;
  // While it serves, each time that `alive_every` has passed: so many containers run. 0: never.
  std::chrono::microseconds alive_every{0};
  std::function<void(std::size_t running)> alive;
};

// What stands between the network and the agent.
struct Guards {
  std::shared_ptr<const Tls> tls;                  // null: none, as the flags say
  std::shared_ptr<const Credentials> credentials;  // the same
  schema::filter::Filter client_filter;            // of the threads that talk to clients
};

// Reads the files that the flags name. Errors: of Tls::Create, Credentials::Load and
// MakeClientFilter.
schema::Result<Guards> LoadGuards(const Flags& flags);

// Listens, and serves until TERM or INT. Then it takes no more connections, refuses launches with
// 503, kills its containers, answers those who wait for them, and returns. Should it be killed
// itself, they live on: the next one finds them, see Containers::Recover. A profile that is being
// checked at that moment does not delay it: the process is then ended from here, with status 0.
// Errors: kInvalid, another agent is there; kSystem, also where a thread cannot give up its
// privileges. Nothing listens then.
schema::Status Serve(const Flags& flags, const Guards& guards, Composer composer,
                     const std::string& version, Log& log, const Events& events);

}  // namespace runtime::agent
