#include "runtime/agent/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

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
  if (sendto(sender.number(), state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&to), size) < 0) {
    return schema::SystemError("send to NOTIFY_SOCKET=" + address, errno);
  }
  return {};
}

}  // namespace runtime::agent
