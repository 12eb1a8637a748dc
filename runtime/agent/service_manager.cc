#include "runtime/agent/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "runtime/launch/descriptors.h"

namespace runtime::agent {

schema::Status Notify(const std::string& address, std::string_view state) {
  if (address.empty()) return {};
  sockaddr_un to = {};
  to.sun_family = AF_UNIX;
  if ((address[0] != '/' && address[0] != '@') || address.size() >= sizeof(to.sun_path)) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "NOTIFY_SOCKET=" + address + " is no address of a Unix socket", 0};
  }
  std::ranges::copy(address, to.sun_path);
  if (address[0] == '@') to.sun_path[0] = '\0';  // an abstract name: unix(7)
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  const launch::Descriptor sender(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!sender) return schema::SystemError("socket", errno);
  if (sendto(sender.number(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&to), size) < 0) {
    return schema::SystemError("send to NOTIFY_SOCKET=" + address, errno);
  }
  return {};
}

std::chrono::microseconds WatchdogInterval(std::string_view usec, std::string_view pid, pid_t own) {
  std::int64_t timeout = 0;
  const auto [end, error] = std::from_chars(usec.data(), usec.data() + usec.size(), timeout);
  const bool is_number = error == std::errc() && end == usec.data() + usec.size();
  const bool is_ours = pid.empty() || pid == std::to_string(own);
  if (!is_number || timeout <= 0 || !is_ours) return std::chrono::microseconds(0);
  return std::chrono::microseconds(std::max<std::int64_t>(timeout / 2, 1000));
}

}  // namespace runtime::agent
