#include "runtime/launch/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace runtime::launch {
namespace {

using schema::Error;
using schema::Result;
using schema::Status;
using schema::SystemError;

// The first that has the container process state. Source: its ChangeLog, v1.1.0-rc.1.
constexpr std::string_view kOciVersion = "1.1.0";

constexpr std::string_view kRemedy =
    ": the profile gives calls SCMP_ACT_NOTIFY; start the program that answers them, which listens "
    "on this Unix stream socket (listenerPath)";

Error Unreachable(const std::string& path, int error) {
  Error result = SystemError("connect to the seccomp listener " + path, error);
  const bool is_ours = error == EMFILE || error == ENFILE;
  if (!is_ours) result.message += kRemedy;
  return result;
}

timeval Timeval(std::chrono::milliseconds time) {
  constexpr int kThousand = 1000;
  return {time.count() / kThousand, time.count() % kThousand * kThousand};
}

std::string ProcessState(pid_t pid, const ContainerState& container,
                         const schema::filter::Listener& listener) {
  boost::json::object state = {{"ociVersion", kOciVersion},
                               {"id", container.id},
                               {"status", "creating"},
                               {"pid", pid},
                               {"bundle", container.bundle}};
  if (!container.annotations.empty()) {
    boost::json::object& annotations = state["annotations"].emplace_object();
    for (const auto& [key, value] : container.annotations) annotations[key] = value;
  }
  boost::json::object message = {
      {"ociVersion", kOciVersion}, {"fds", boost::json::array{"seccompFd"}}, {"pid", pid}};
  if (!listener.metadata.empty()) message["metadata"] = listener.metadata;
  message["state"] = std::move(state);
  return boost::json::serialize(message);
}

// As much of `text` as goes at once. -1 and errno.
ssize_t SendWith(int connection, int descriptor, const std::string& text) {
  iovec bytes = {const_cast<char*>(text.data()), text.size()};  // it is only read
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control = {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_len = CMSG_LEN(sizeof(int));
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  ssize_t sent = 0;
  do {
    sent = sendmsg(connection, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace

Result<Descriptor> ConnectListener(const std::string& path, std::chrono::milliseconds patience) {
  const Descriptor file(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!file) return Unreachable(path, errno);
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return Unreachable(path, errno);
  if (!S_ISSOCK(status.st_mode)) return Unreachable(path, ENOTSOCK);
  Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection) return SystemError("socket", errno);
  const timeval limit = Timeval(patience);
  if (setsockopt(connection.number(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0) {
    return SystemError("setsockopt SO_SNDTIMEO", errno);
  }
  // By the descriptor: paths of sockets end at 107 bytes, those of files do not.
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = "/proc/self/fd/" + std::to_string(file.number());
  name.copy(address.sun_path, sizeof(address.sun_path) - 1);
  int result = 0;
  do {
    result =
        connect(connection.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  } while (result != 0 && errno == EINTR);
  if (result != 0) return Unreachable(path, errno == EAGAIN ? ETIMEDOUT : errno);
  return connection;
}

Status SendProcessState(const Descriptor& connection, const Descriptor& descriptor, pid_t pid,
                        const ContainerState& state, const schema::filter::Listener& listener) {
  const std::string text = ProcessState(pid, state, listener);
  ssize_t sent = SendWith(connection.number(), descriptor.number(), text);
  for (std::size_t done = 0; sent >= 0;) {
    done += static_cast<std::size_t>(sent);
    if (done == text.size()) return {};
    do {
      sent = send(connection.number(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
  }
  return SystemError("send the container's state to the seccomp listener " + listener.path,
                     errno == EAGAIN ? ETIMEDOUT : errno);
}

}  // namespace runtime::launch
