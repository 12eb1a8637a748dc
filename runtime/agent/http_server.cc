#include "runtime/agent/http_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runtime::agent {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
constexpr std::chrono::seconds kLastAnswers{2};

constexpr std::string_view kForbidden =
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

void Refuse(int socket, std::string_view answer) {
  // Without waiting: the buffer of a new connection is empty.
  send(socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Of the process that connected; std::nullopt: the kernel does not say.
std::optional<uid_t> PeerOf(int socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace

// All on one strand.
struct HttpServer::Parts {
  explicit Parts(asio::io_context& context)
      : strand(asio::make_strand(context)), listener(strand), timer(strand) {}

  asio::strand<asio::io_context::executor_type> strand;
  asio::posix::stream_descriptor listener;
  asio::steady_timer timer;
  bool stopped = false;
};

HttpServer::HttpServer(EventLoop& loop, Listener& listener, Service service)
    : loop_(loop),
      listener_(listener),
      service_(std::make_shared<const Service>(std::move(service))),
      traffic_(std::make_shared<Traffic>(kMaxConnections)),
      parts_(std::make_unique<Parts>(loop.clients())) {}

HttpServer::~HttpServer() = default;

void HttpServer::Start() {
  ErrorCode error;
  parts_->listener.assign(fcntl(listener_.descriptor(), F_DUPFD_CLOEXEC, 3), error);
  asio::post(parts_->strand, [this] { Accept(); });
}

void HttpServer::Accept() {
  if (parts_->stopped) return;
  parts_->listener.async_wait(asio::posix::descriptor_base::wait_read,
                              [this](const ErrorCode& error) {
                                if (error || parts_->stopped) return;
                                if (AcceptOne()) return Accept();
                                parts_->timer.expires_after(kPauseWithoutDescriptors);
                                parts_->timer.async_wait([this](const ErrorCode& timer_error) {
                                  if (!timer_error) Accept();
                                });
                              });
}

// false: to be tried again later, for this process or the system has no more descriptors.
bool HttpServer::AcceptOne() {
  const int socket =
      accept4(parts_->listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket >= 0) {
    if (!Admit(socket)) close(socket);
    return true;
  }
  return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
}

bool HttpServer::Admit(int socket) {
  const bool is_unix = listener_.is_unix();
  if (is_unix) {
    const auto peer = PeerOf(socket);
    if (peer != uid_t{0}) {
      service_->rejected(Rejection::kPeer, peer ? "uid " + std::to_string(*peer) : "uid unknown");
      Refuse(socket, kForbidden);
      return false;
    }
  }
  const bool speaks_plainly = is_unix || service_->tls == nullptr;
  if (!traffic_->Connect()) {
    service_->rejected(Rejection::kTooMany, std::to_string(kMaxConnections) + " are open");
    if (speaks_plainly) Refuse(socket, kNoRoom);
    return false;
  }
  StartSession(loop_.clients(), {socket, is_unix, traffic_}, service_);
  return true;
}

void HttpServer::StopListening() {
  listener_.Close();  // here: the threads of clients() may not remove its file
  asio::dispatch(parts_->strand, [this] {
    parts_->stopped = true;
    ErrorCode ignored;
    parts_->listener.close(ignored);
    parts_->timer.cancel();
  });
}

void HttpServer::WhenIdle(std::function<void()> done) {
  asio::dispatch(parts_->strand, [this, done = std::move(done)] {
    parts_->timer.expires_after(kLastAnswers);
    parts_->timer.async_wait([done](const ErrorCode& error) {
      if (!error) done();
    });
    traffic_->WhenIdle(done);
  });
}

}  // namespace runtime::agent
