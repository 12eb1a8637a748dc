// One HTTP/1.1 connection.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/agent/api.h"
#include "runtime/agent/containers.h"
#include "runtime/agent/traffic.h"
#include "runtime/launch/descriptors.h"

namespace boost::asio {
class io_context;
}

namespace runtime::agent {

inline constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
inline constexpr std::uint64_t kMaxBodyBytes = 1024 * 1024;
inline constexpr std::chrono::seconds kHttpTimeout{30};  // for a whole request; for an answer

// As Api::Handle.
using Handler = std::function<Containers::Cancel(std::string body, const Respond& respond)>;

struct Connection {
  launch::Descriptor socket;         // connected, of any stream protocol
  bool is_unix = true;               // else TCP, which a browser can reach as well
  std::shared_ptr<Traffic> traffic;  // on which Connect has been called
};

// Answers POST /api/v1 by `handler`, everything else itself, until the client or a timeout ends it.
void StartSession(boost::asio::io_context& context, Connection connection, Handler handler);

}  // namespace runtime::agent
