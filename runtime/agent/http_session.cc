#include "runtime/agent/http_session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace runtime::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Header = http::request_header<>;

constexpr std::string_view kPath = "/api/v1";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// After an answer to a request that was not read to its end: to let the client read it before a
// reset of the connection destroys it.
constexpr std::chrono::seconds kLinger{2};

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

// "application/json; charset=utf-8" -> "application/json".
std::string_view WithoutParameters(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return type;
}

bool AcceptsJson(const Header& header) {
  const auto accept = header.find(http::field::accept);
  if (accept == header.end()) return true;
  std::string_view rest = View(accept->value());
  constexpr std::array<std::string_view, 3> kFitting = {kJson, "application/*", "*/*"};
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view type = WithoutParameters(rest.substr(0, comma));
    while (type.starts_with(' ') || type.starts_with('\t')) type.remove_prefix(1);
    for (const std::string_view fitting : kFitting) {
      if (beast::iequals({type.data(), type.size()}, {fitting.data(), fitting.size()})) return true;
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

// What is wrong with a request before its body is read; std::nullopt: nothing.
std::optional<Response> Refusal(const Header& header, bool is_unix) {
  const auto status = [](http::status code) { return static_cast<unsigned>(code); };
  const std::string_view target = View(header.target());
  if (target.substr(0, target.find('?')) != kPath) {
    return Response{status(http::status::not_found), "the API is at POST /api/v1"};
  }
  if (header.method() != http::verb::post) {
    return Response{status(http::status::method_not_allowed), "the API takes POST alone"};
  }
  // A page in a browser of this machine can reach a TCP port; browsers then tell where it is from.
  if (!is_unix && header.find(http::field::origin) != header.end()) {
    return Response{status(http::status::forbidden), "the API is not for web pages"};
  }
  const std::string_view type = WithoutParameters(View(header[http::field::content_type]));
  if (!beast::iequals({type.data(), type.size()}, {kJson.data(), kJson.size()})) {
    return Response{status(http::status::unsupported_media_type),
                    "Content-Type must be application/json"};
  }
  if (header.find(http::field::content_encoding) != header.end()) {
    return Response{status(http::status::unsupported_media_type),
                    "Content-Encoding is not supported"};
  }
  if (!AcceptsJson(header)) {
    return Response{status(http::status::not_acceptable), "Accept must allow application/json"};
  }
  return std::nullopt;
}

// Every member function but the constructor runs on the connection's strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::io_context& context, Connection connection, Handler handler)
      : stream_(asio::make_strand(context)),
        is_unix_(connection.is_unix),
        traffic_(std::move(connection.traffic)),
        handler_(std::move(handler)) {
    Assign(connection.socket);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { traffic_->Disconnect(); }

  void Start() {
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->ReadHeader(); });
  }

 private:
  void Assign(const launch::Descriptor& socket);
  void ReadHeader();
  void OnHeader(const ErrorCode& error);
  void ReadBody();
  void Handle();
  void WatchForHangup();
  void OnHangup(std::uint64_t request);
  void RefuseUnparsable(const ErrorCode& error);
  void Send(Response response, bool keep_alive);
  void OnSent(const ErrorCode& error, bool keep_alive);
  void Linger();

  beast::basic_stream<Protocol> stream_;
  const bool is_unix_;
  const std::shared_ptr<Traffic> traffic_;
  const Handler handler_;

  beast::flat_buffer buffer_{kMaxHeaderBytes + kMaxBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  std::array<char, 4096> scratch_ = {};
  std::uint64_t request_ = 0;  // counts them
  bool handling_ = false;      // between Handle and the answer's end
  Containers::Cancel cancel_;
};

void Session::Assign(const launch::Descriptor& socket) {
  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  getsockname(socket.number(), reinterpret_cast<sockaddr*>(&name), &size);
  const int copy = fcntl(socket.number(), F_DUPFD_CLOEXEC, 3);
  ErrorCode error;
  if (copy >= 0) stream_.socket().assign(Protocol(name.ss_family, 0), copy, error);
  // On an error the first read fails, and that ends the session.
}

void Session::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(kMaxBodyBytes);
  stream_.expires_after(kHttpTimeout);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->OnHeader(error); });
}

void Session::RefuseUnparsable(const ErrorCode& error) {
  struct Case {
    http::error error;
    http::status status;
    std::string_view message;
  };
  static constexpr std::array kCases = {
      Case{http::error::header_limit, http::status::request_header_fields_too_large,
           "the header may have 8 KiB"},
      Case{http::error::body_limit, http::status::payload_too_large, "a call may have 1 MiB"},
  };
  for (const Case& known : kCases) {
    if (error == known.error) {
      return Send({static_cast<unsigned>(known.status), std::string(known.message)}, false);
    }
  }
  // Errors of HTTP's grammar; all others are of the connection, which is then closed.
  if (error.category() == make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    Send({static_cast<unsigned>(http::status::bad_request), "no valid HTTP: " + error.message()},
         false);
  }
}

void Session::OnHeader(const ErrorCode& error) {
  if (error) return RefuseUnparsable(error);
  if (auto refusal = Refusal(parser_->get(), is_unix_)) return Send(std::move(*refusal), false);
  if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return ReadBody();
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](const ErrorCode& write_error, std::size_t) {
                      if (!write_error) self->ReadBody();
                    });
}

void Session::ReadBody() {
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                     if (error) return self->RefuseUnparsable(error);
                     self->Handle();
                   });
}

void Session::Handle() {
  stream_.expires_never();
  const std::uint64_t request = ++request_;
  const bool keep_alive = parser_->get().keep_alive();
  handling_ = true;
  traffic_->BeginRequest();
  auto cancel = handler_(std::move(parser_->get().body()), [self = shared_from_this(), request,
                                                            keep_alive](Response response) {
    asio::post(self->stream_.get_executor(),
               [self, request, keep_alive, response = std::move(response)]() mutable {
                 if (!self->handling_ || self->request_ != request) return;  // has hung up
                 ErrorCode ignored;
                 self->stream_.socket().cancel(ignored);  // the watch
                 self->Send(std::move(response), keep_alive);
               });
  });
  cancel_ = std::move(cancel);
  WatchForHangup();
}

// A call may take as long as a container runs. The client may have gone by then.
void Session::WatchForHangup() {
  stream_.socket().async_wait(
      asio::socket_base::wait_error,
      [self = shared_from_this(), request = request_](const ErrorCode& error) {
        if (!error) self->OnHangup(request);
      });
}

void Session::OnHangup(std::uint64_t request) {
  if (!handling_ || request_ != request) return;
  // Asio may report what has happened to another descriptor, closed before this one was opened.
  pollfd polled = {stream_.socket().native_handle(), 0, 0};
  if (poll(&polled, 1, 0) == 0) return WatchForHangup();
  handling_ = false;
  std::exchange(cancel_, nullptr)();
  ErrorCode ignored;
  stream_.socket().close(ignored);
  traffic_->EndRequest();
}

void Session::Send(Response response, bool keep_alive) {
  const bool is_json = response.status == static_cast<unsigned>(http::status::ok);
  response_.emplace(static_cast<http::status>(response.status), 11);
  if (!response.body.empty()) {
    response_->set(http::field::content_type,
                   is_json ? "application/json" : "text/plain; charset=utf-8");
    if (!is_json) response.body += '\n';
  }
  response_->set("X-Content-Type-Options", "nosniff");
  if (response_->result() == http::status::method_not_allowed) {
    response_->set(http::field::allow, "POST");
  }
  response_->body() = std::move(response.body);
  response_->keep_alive(keep_alive);
  response_->prepare_payload();
  stream_.expires_after(kHttpTimeout);
  http::async_write(stream_, *response_,
                    [self = shared_from_this(), keep_alive](const ErrorCode& error, std::size_t) {
                      self->OnSent(error, keep_alive);
                    });
}

void Session::OnSent(const ErrorCode& error, bool keep_alive) {
  cancel_ = nullptr;
  if (std::exchange(handling_, false)) traffic_->EndRequest();
  if (error) return;
  if (keep_alive) return ReadHeader();
  ErrorCode ignored;
  stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  Linger();
}

void Session::Linger() {
  stream_.async_read_some(asio::buffer(scratch_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                            if (!error) self->Linger();
                          });
}

}  // namespace

void StartSession(asio::io_context& context, Connection connection, Handler handler) {
  std::make_shared<Session>(context, std::move(connection), std::move(handler))->Start();
}

}  // namespace runtime::agent
