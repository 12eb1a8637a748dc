#include "runtime/agent/http_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "runtime/agent/credentials.h"
#include "runtime/agent/http_rules.h"
#include "runtime/agent/tls.h"

namespace runtime::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using PlainStream = beast::basic_stream<Protocol>;
using TlsStream = asio::ssl::stream<PlainStream>;

constexpr std::string_view kHeaderTooLarge =
    "the header may have 8 KiB, and so may the extensions of all chunks";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::chrono::milliseconds kHurry{100};  // for linger, where another needs the room
constexpr int kKeepaliveProbes = 4;               // unanswered ones mean that the client is gone

void KeepAlive(int fd, std::chrono::seconds interval) {
  const int on = 1;
  const int seconds = static_cast<int>(interval.count());
  // On an error a client that has gone is noticed later.
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &kKeepaliveProbes, sizeof(kKeepaliveProbes));
}

// Of a request's chunks, whose extensions Beast does not bound.
struct ChunkHeaders {
  std::size_t extension_bytes = 0;

  void operator()(std::uint64_t, beast::string_view extensions, ErrorCode& error) {
    extension_bytes += extensions.size();
    if (extension_bytes > kMaxHeaderBytes) error = http::error::header_limit;
  }
};

beast::string_view Beast(std::string_view text) { return {text.data(), text.size()}; }

// Every member function but the constructor runs on the connection's strand.
template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  // `stream_arguments`: for the constructor of Stream.
  template <class... Arguments>
  Session(Connection connection, std::shared_ptr<const Service> service,
          Arguments&&... stream_arguments)
      : stream_(std::forward<Arguments>(stream_arguments)...),
        is_unix_(connection.is_unix),
        traffic_(std::move(connection.traffic)),
        service_(std::move(service)) {
    Assign(connection.socket);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { traffic_->Disconnect(ticket_); }

  void Start() {
    OfferToLeave(Guest::kStranger, &Session::Drop);
    asio::post(Lowest().get_executor(), [self = Self()] { self->Begin(); });
  }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  std::shared_ptr<Session> Self() { return this->shared_from_this(); }
  PlainStream& Lowest() { return beast::get_lowest_layer(stream_); }

  // `leave`: takes the number of requests so far.
  void OfferToLeave(Guest guest, void (Session::*leave)(std::uint64_t));
  void Begin();
  void Drop(std::uint64_t request);
  void GiveUp(std::uint64_t request);
  void Assign(int socket);
  void ReadHeader();
  void OnHeader(const ErrorCode& error);
  void ReadBody();
  void Handle();
  void WatchForHangup();
  void OnHangup(std::uint64_t request);
  void RefuseUnparsable(const ErrorCode& error);
  // Before the request was a call; it may not be read to its end, and is the connection's last.
  void Refuse(Response response);
  void Send(Response response, bool keep_alive);
  void OnSent(const ErrorCode& error, bool keep_alive);
  void End();
  void HalfClose();
  void Linger();

  Stream stream_;
  const bool is_unix_;
  const std::shared_ptr<Traffic> traffic_;
  const std::shared_ptr<const Service> service_;

  beast::flat_buffer buffer_{kMaxHeaderBytes + kMaxBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  ChunkHeaders chunk_headers_;
  std::optional<http::response<http::string_body>> response_;
  std::array<char, 4096> scratch_ = {};
  Traffic::Ticket ticket_;     // of the last offer to traffic_
  bool dropped_ = false;       // to make room
  std::uint64_t request_ = 0;  // counts them
  bool handling_ = false;      // between Handle and the answer's end
  Containers::Cancel cancel_;
};

template <class Stream>
void Session<Stream>::Assign(int socket) {
  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
  if (!is_unix_) KeepAlive(socket, service_->patience.keepalive);
  ErrorCode error;
  Lowest().socket().assign(Protocol(name.ss_family, 0), socket, error);
  if (error) close(socket);  // the first read fails, and that ends the session
}

template <class Stream>
void Session<Stream>::Begin() {
  if constexpr (!kIsTls) {
    ReadHeader();
  } else {
    Lowest().expires_after(service_->patience.handshake);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = Self()](const ErrorCode& error) {
                              if (!error) return self->ReadHeader();
                              if (self->dropped_) return;
                              self->service_->rejected(Rejection::kHandshake, error.message());
                            });
  }
}

template <class Stream>
void Session<Stream>::OfferToLeave(Guest guest, void (Session::*leave)(std::uint64_t)) {
  ticket_ =
      traffic_->OfferToLeave(guest, [weak = this->weak_from_this(), leave, request = request_] {
        const auto self = weak.lock();
        if (!self) return;
        asio::post(self->Lowest().get_executor(),
                   [self, leave, request] { (self.get()->*leave)(request); });
      });
}

// For others, who may have more to say.
template <class Stream>
void Session<Stream>::Drop(std::uint64_t request) {
  if (request_ != request) return;
  dropped_ = true;
  service_->rejected(Rejection::kTooMany, "it has waited longest without a request");
  if constexpr (!kIsTls) {
    send(Lowest().socket().native_handle(), kNoRoom.data(), kNoRoom.size(),
         MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  Lowest().close();
}

// The same. It may ask again, and will then wait behind those that have waited for less long.
template <class Stream>
void Session<Stream>::GiveUp(std::uint64_t request) {
  if (!handling_ || request_ != request || cancel_ == nullptr) return;  // or has its answer
  dropped_ = true;
  service_->rejected(Rejection::kTooMany, "its call has waited longest");
  std::exchange(cancel_, nullptr)();
  ErrorCode ignored;
  Lowest().socket().cancel(ignored);  // the watch
  Send({static_cast<unsigned>(http::status::service_unavailable),
        "others need the connection: ask again"},
       false);
}

template <class Stream>
void Session<Stream>::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(kMaxBodyBytes);
  chunk_headers_ = {};
  parser_->on_chunk_header(chunk_headers_);
  Lowest().expires_after(service_->patience.request);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = Self()](const ErrorCode& error, std::size_t) { self->OnHeader(error); });
}

template <class Stream>
void Session<Stream>::RefuseUnparsable(const ErrorCode& error) {
  struct Case {
    http::error error;
    http::status status;
    std::string_view message;
  };
  static constexpr std::array kCases = {
      Case{http::error::header_limit, http::status::request_header_fields_too_large,
           kHeaderTooLarge},
      // By what stands behind a chunk's size, or behind the last chunk: all else is bounded before.
      Case{http::error::buffer_overflow, http::status::request_header_fields_too_large,
           kHeaderTooLarge},
      Case{http::error::body_limit, http::status::payload_too_large, "a call may have 1 MiB"},
  };
  for (const Case& known : kCases) {
    if (error == known.error) {
      return Refuse({static_cast<unsigned>(known.status), std::string(known.message)});
    }
  }
  if (error == beast::error::timeout) {
    // Between two requests it has kept us waiting for nothing.
    const bool has_begun = parser_->got_some() || buffer_.size() > 0;
    if (has_begun || request_ == 0) service_->rejected(Rejection::kTimeout, "no whole request");
    return;
  }
  // Errors of HTTP's grammar; all others are of the connection, which is then closed.
  if (error.category() == make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream) {
    Refuse({static_cast<unsigned>(http::status::bad_request), "no valid HTTP: " + error.message()});
  }
}

template <class Stream>
void Session<Stream>::OnHeader(const ErrorCode& error) {
  if (error) return RefuseUnparsable(error);
  const auto& header = parser_->get();
  const auto authorization = header[http::field::authorization];
  if (service_->credentials != nullptr && !is_unix_ &&
      !service_->credentials->Admit({authorization.data(), authorization.size()})) {
    return Refuse({static_cast<unsigned>(http::status::unauthorized),
                   "give a principal and its secret by HTTP's Basic scheme"});
  }
  if (auto refusal = RefusalOf(header, is_unix_)) return Refuse(std::move(*refusal));
  if (IsForMetrics(header)) return ReadBody();
  if (!ExpectsContinue(header)) return ReadBody();
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = Self()](const ErrorCode& write_error, std::size_t) {
                      if (!write_error) self->ReadBody();
                    });
}

template <class Stream>
void Session<Stream>::ReadBody() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = Self()](const ErrorCode& error, std::size_t) {
                     if (error) return self->RefuseUnparsable(error);
                     self->Handle();
                   });
}

template <class Stream>
void Session<Stream>::Handle() {
  const std::uint64_t request = ++request_;
  traffic_->Withdraw(ticket_);
  if (IsForMetrics(parser_->get())) {
    return Send(service_->metrics_page(), parser_->get().keep_alive());
  }
  Lowest().expires_never();
  const bool keep_alive = parser_->get().keep_alive();
  handling_ = true;
  traffic_->BeginRequest();
  auto cancel = service_->call(
      std::move(parser_->get().body()), [self = Self(), request, keep_alive](Response response) {
        asio::post(self->Lowest().get_executor(),
                   [self, request, keep_alive, response = std::move(response)]() mutable {
                     if (!self->handling_ || self->request_ != request) return;  // has hung up
                     if (self->dropped_) return;
                     self->cancel_ = nullptr;
                     self->traffic_->Withdraw(self->ticket_);
                     ErrorCode ignored;
                     self->Lowest().socket().cancel(ignored);  // the watch
                     self->Send(std::move(response), keep_alive);
                   });
      });
  cancel_ = std::move(cancel);
  if (cancel_ != nullptr) OfferToLeave(Guest::kWaiter, &Session::GiveUp);
  WatchForHangup();
}

// A call may take as long as a container runs. The client may have gone by then.
template <class Stream>
void Session<Stream>::WatchForHangup() {
  Lowest().socket().async_wait(asio::socket_base::wait_error,
                               [self = Self(), request = request_](const ErrorCode& error) {
                                 if (!error) self->OnHangup(request);
                               });
}

template <class Stream>
void Session<Stream>::OnHangup(std::uint64_t request) {
  if (!handling_ || request_ != request) return;
  // Asio may report what has happened to another descriptor, closed before this one was opened.
  pollfd polled = {Lowest().socket().native_handle(), 0, 0};
  if (poll(&polled, 1, 0) == 0) return WatchForHangup();
  handling_ = false;
  if (cancel_ != nullptr) std::exchange(cancel_, nullptr)();
  ErrorCode ignored;
  Lowest().socket().close(ignored);
  traffic_->EndRequest();
}

template <class Stream>
void Session<Stream>::Refuse(Response response) {
  service_->refused(response.status);
  Send(std::move(response), false);
}

template <class Stream>
void Session<Stream>::Send(Response response, bool keep_alive) {
  const bool is_json = response.status == static_cast<unsigned>(http::status::ok);
  response_.emplace(static_cast<http::status>(response.status), 11);
  if (!response.type.empty()) {
    response_->set(http::field::content_type, Beast(response.type));
  } else if (!response.body.empty()) {
    response_->set(http::field::content_type,
                   is_json ? "application/json" : "text/plain; charset=utf-8");
    if (!is_json) response.body += '\n';
  }
  response_->set("X-Content-Type-Options", "nosniff");
  if (response_->result() == http::status::method_not_allowed) {
    response_->set(http::field::allow, response.body.starts_with("/metrics") ? "GET" : "POST");
  }
  if (response_->result() == http::status::service_unavailable) {
    response_->set(http::field::retry_after, "1");
  }
  if (response_->result() == http::status::unauthorized) {
    response_->set(http::field::www_authenticate,
                   R"(Basic realm="seccomp-agent", charset="UTF-8")");
  }
  response_->body() = std::move(response.body);
  response_->keep_alive(keep_alive);
  response_->prepare_payload();
  // The same header, and no body: RFC 9110, section 9.3.2.
  if (parser_->get().method() == http::verb::head) response_->body().clear();
  Lowest().expires_after(service_->patience.answer);
  http::async_write(stream_, *response_,
                    [self = Self(), keep_alive](const ErrorCode& error, std::size_t) {
                      self->OnSent(error, keep_alive);
                    });
}

template <class Stream>
void Session<Stream>::OnSent(const ErrorCode& error, bool keep_alive) {
  if (std::exchange(handling_, false)) traffic_->EndRequest();
  if (error == beast::error::timeout) {
    service_->rejected(Rejection::kTimeout, "the answer was not taken");
  }
  if (error) return;
  if (keep_alive) return ReadHeader();
  End();
}

template <class Stream>
void Session<Stream>::End() {
  Lowest().expires_after(dropped_ ? kHurry : service_->patience.linger);
  if constexpr (kIsTls) {
    // Fails where the client still sends; it has then been told of the end all the same.
    stream_.async_shutdown([self = Self()](const ErrorCode&) { self->HalfClose(); });
  } else {
    HalfClose();
  }
}

template <class Stream>
void Session<Stream>::HalfClose() {
  ErrorCode ignored;
  Lowest().socket().shutdown(asio::socket_base::shutdown_send, ignored);
  Linger();
}

template <class Stream>
void Session<Stream>::Linger() {
  Lowest().async_read_some(asio::buffer(scratch_),
                           [self = Self()](const ErrorCode& error, std::size_t) {
                             if (!error) self->Linger();
                           });
}

}  // namespace

void StartSession(asio::io_context& context, Connection connection,
                  std::shared_ptr<const Service> service) {
  const auto strand = asio::make_strand(context);
  if (service->tls != nullptr && !connection.is_unix) {
    asio::ssl::context& tls = service->tls->context();
    std::make_shared<Session<TlsStream>>(std::move(connection), std::move(service), strand, tls)
        ->Start();
    return;
  }
  std::make_shared<Session<PlainStream>>(std::move(connection), std::move(service), strand)
      ->Start();
}

}  // namespace runtime::agent
