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
#include "runtime/launch/descriptors.h"

namespace boost::asio {
class io_context;
}

namespace runtime::agent {

class Credentials;
class Tls;

inline constexpr std::uint32_t kMaxHeaderBytes = 8 * 1024;
inline constexpr std::uint64_t kMaxBodyBytes = std::uint64_t{1024} * 1024;
inline constexpr std::chrono::seconds kHandshakeTimeout{10};  // of TLS
inline constexpr std::chrono::seconds kHttpTimeout{30};       // for a whole request; for an answer

// What is behind the connections.
struct Service {
  // POST /api/v1: as Api::Handle.
  std::function<Containers::Cancel(std::string body, const Respond& respond)> call;
  std::function<Response()> metrics_page;        // GET /metrics
  std::function<void(unsigned status)> refused;  // a request was answered before it was a call
  // A connection was closed before there was a request. `detail` may come from anybody.
  std::function<void(Rejection rejection, std::string_view detail)> rejected;
  std::shared_ptr<const Credentials> credentials;  // over TCP; null: none are asked for
  std::shared_ptr<const Tls> tls;                  // over TCP; null: no TLS
};

struct Connection {
  launch::Descriptor socket;         // connected, of any stream protocol
  bool is_unix = true;               // else TCP, which a browser can reach as well
  std::shared_ptr<Traffic> traffic;  // on which Connect has been called
};

// Answers by `service`, what that is not for by itself, until the client or a timeout ends it.
void StartSession(boost::asio::io_context& context, Connection connection,
                  std::shared_ptr<const Service> service);

}  // namespace runtime::agent
