// One HTTP/1.1 connection.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/agent/api.h"
#include "runtime/agent/containers.h"
#include "runtime/agent/metrics.h"
#include "runtime/agent/traffic.h"

namespace boost::asio {
class io_context;
}

namespace runtime::agent {

class Credentials;
class Tls;

inline constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
inline constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{1024} * 1024;

// How long a client is waited for.
struct Patience {
  std::chrono::milliseconds handshake{10'000};  // of TLS
  std::chrono::milliseconds request{30'000};    // from the last answer to the end of a request
  std::chrono::milliseconds answer{30'000};     // until the client has taken it
  // After an answer to a request that was not read to its end: to let the client read it before a
  // reset of the connection destroys it.
  std::chrono::milliseconds linger{2'000};
  // Over TCP, while a call is carried out: whether the client is still there. Whoever has closed
  // his end looks like one that only sends no more, until his kernel is asked for a sign of life.
  std::chrono::seconds keepalive{15};
};

// To a client without TLS that there is no room for.
inline constexpr std::string_view kNoRoom =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";

// What is behind the connections.
struct Service {
  // POST /api/v1: as Api::Handle. A call that can be cancelled is, where room is needed.
  std::function<Containers::Cancel(std::string body, const Respond& respond)> call;
  std::function<Response()> metrics_page;        // GET /metrics
  std::function<void(unsigned status)> refused;  // a request was answered before it was a call
  // A connection was closed, for there was no whole request, or its answer was not taken. `detail`
  // may come from anybody.
  std::function<void(Rejection rejection, std::string_view detail)> rejected;
  std::shared_ptr<const Credentials> credentials;  // over TCP; null: none are asked for
  std::shared_ptr<const Tls> tls;                  // over TCP; null: no TLS
  Patience patience = {};
};

struct Connection {
  int socket = -1;                   // connected, of any stream protocol; the session closes it
  bool is_unix = true;               // else TCP, which a browser can reach as well
  std::shared_ptr<Traffic> traffic;  // on which Connect has been called
};

// Answers by `service`, what that is not for by itself, until the client or a timeout ends it.
void StartSession(boost::asio::io_context& context, Connection connection,
                  std::shared_ptr<const Service> service);

}  // namespace runtime::agent
