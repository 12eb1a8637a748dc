#include "runtime/agent/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/agent/folders.h"

namespace runtime::agent {
namespace {

using launch::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

// The kernel takes less where /proc/sys/net/core/somaxconn says so. A full queue delays everybody.
constexpr int kBacklog = 4096;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

// Not to be tightened where it exists: it may be /run.
Status MakeRuntimeDir(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return SystemError("--runtime_dir=" + directory, errno);
  }
  return CheckRuntimeDir(directory);
}

// Two locks. That of the process (fcntl) is gone with an agent that is killed. That of the open
// file (flock) is held, too, for a moment, by monitors that it was just cloning, and which then
// have copies of its listening socket as well: these are waited for.
Result<Descriptor> Lock(const std::string& directory) {
  constexpr std::chrono::milliseconds kPause{5};
  constexpr int kTries = 1000;
  const std::string path = directory + "/agent.lock";
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600));
  if (!lock) return SystemError("open " + path, errno);
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  bool is_taken = fcntl(lock.number(), F_SETLK, &whole) != 0;
  for (int i = 0; !is_taken && i < kTries; ++i) {
    if (flock(lock.number(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return SystemError("flock " + path, errno);
    std::this_thread::sleep_for(kPause);
  }
  return Invalid("another seccomp-agent is running on " + directory + " (it holds " + path + ")");
}

// sockaddr_un and its like, for the calls that take any of them.
template <class Address>
const sockaddr* Generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Removes the file that a dead agent has left. We hold the lock, but the listener may be some other
// program.
Status RemoveStaleSocket(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return SystemError("lstat " + path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) return Invalid(path + " exists and is no socket");
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return SystemError("socket", errno);
  // EAGAIN: a listener with a full queue.
  if (connect(probe.number(), Generic(address), sizeof(address)) == 0 || errno == EAGAIN) {
    return Invalid("another program is listening on " + path);
  }
  if (errno != ECONNREFUSED) return SystemError("connect to " + path, errno);
  if (unlink(path.c_str()) != 0) return SystemError("unlink " + path, errno);
  return {};
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : lock_(std::move(other.lock_)),
      socket_(std::move(other.socket_)),
      address_(std::move(other.address_)),
      path_(std::exchange(other.path_, {})),
      is_unix_(other.is_unix_) {}

Result<Listener> Listener::Open(const Flags& flags) {
  Listener listener;
  if (Status status = MakeRuntimeDir(flags.runtime_dir); !status) return std::move(status).error();
  auto lock = Lock(flags.runtime_dir);
  if (!lock) return std::move(lock).error();
  listener.lock_ = std::move(*lock);
  const Status opened = flags.tcp ? listener.OpenTcp(*flags.tcp, !flags.ssl_cert_file.empty())
                                  : listener.OpenUnix(flags.runtime_dir);
  if (!opened) return Error(opened.error());
  return listener;
}

Status Listener::OpenUnix(const std::string& directory) {
  is_unix_ = true;
  const std::string path = directory + "/agent.sock";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Invalid("--runtime_dir=" + directory + ": a socket's path may have " +
                   std::to_string(sizeof(address.sun_path) - 1) + " bytes (unix(7))");
  }
  std::ranges::copy(path, address.sun_path);
  if (Status status = RemoveStaleSocket(path, address); !status) return status;
  socket_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) return SystemError("socket", errno);
  // Linux makes the file with the mode of the socket: at no time may others connect.
  if (fchmod(socket_.number(), 0600) != 0) return SystemError("fchmod of the socket", errno);
  if (bind(socket_.number(), Generic(address), sizeof(address)) != 0) {
    return SystemError("bind " + path, errno);
  }
  path_ = path;
  if (listen(socket_.number(), kBacklog) != 0) return SystemError("listen on " + path, errno);
  address_ = "unix:" + path;
  return {};
}

Status Listener::OpenTcp(const TcpAddress& tcp, bool tcp_is_tls) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_in);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  const bool is_v6 = inet_pton(AF_INET, tcp.ip.c_str(), &v4->sin_addr) != 1;
  if (is_v6) {
    if (inet_pton(AF_INET6, tcp.ip.c_str(), &v6->sin6_addr) != 1) {
      return Invalid("--ip=" + tcp.ip + " is no IP address");
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(tcp.port);
    size = sizeof(sockaddr_in6);
  } else {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(tcp.port);
  }
  socket_ = Descriptor(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) return SystemError("socket", errno);
  const int on = 1;
  setsockopt(socket_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const std::string name = (is_v6 ? "[" + tcp.ip + "]" : tcp.ip) + ":";
  if (bind(socket_.number(), Generic(storage), size) != 0 ||
      listen(socket_.number(), kBacklog) != 0) {
    return SystemError("listen on " + name + std::to_string(tcp.port), errno);
  }
  if (getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return SystemError("getsockname", errno);
  }
  address_ = (tcp_is_tls ? "https://" : "http://") + name +
             std::to_string(ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
  return {};
}

void Listener::Close() {
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
  socket_.Close();
}

}  // namespace runtime::agent
