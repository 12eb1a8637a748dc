#include "runtime/agent/http_rules.h"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace runtime::agent {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kPath = "/api/v1";
constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kJson = "application/json";
constexpr char kContinue[] = "100-continue";
constexpr unsigned kHttp11 = 11;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

bool IsSame(std::string_view one, std::string_view other) {  // in any case
  return beast::iequals({one.data(), one.size()}, {other.data(), other.size()});
}

// "application/json; charset=utf-8" -> "application/json".
std::string_view WithoutParameters(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return type;
}

bool AcceptsJson(const RequestHeader& header) {
  const auto accept = header.find(http::field::accept);
  if (accept == header.end()) return true;
  std::string_view rest = View(accept->value());
  constexpr std::array<std::string_view, 3> kFitting = {kJson, "application/*", "*/*"};
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view type = WithoutParameters(rest.substr(0, comma));
    while (type.starts_with(' ') || type.starts_with('\t')) type.remove_prefix(1);
    for (const std::string_view fitting : kFitting) {
      if (IsSame(type, fitting)) return true;
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

bool ExpectsElse(const RequestHeader& header) {
  const auto [begin, end] = header.equal_range(http::field::expect);
  return std::any_of(begin, end,
                     [](const auto& field) { return !beast::iequals(field.value(), kContinue); });
}

// The path of the target, without its query. The target may name a host before it, which is not
// looked at, as the one in Host is not: RFC 9112, section 3.2.2.
std::string_view PathOf(const RequestHeader& header) {
  std::string_view target = View(header.target());
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!IsSame(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
    break;
  }
  return target.substr(0, target.find('?'));
}

Response Answer(http::status status, std::string message) {
  return {static_cast<unsigned>(status), std::move(message)};
}

// What leaves a doubt where the request ends, or a proxy before us and us of two minds about it:
// what is its body to one may be the next request to the other. Beast refuses a second length that
// differs and chunks beside a length; a coding that it does not know it takes for none.
// Source: RFC 9112, sections 3.2, 6.1 and 6.3.
std::optional<Response> RefusalOfFraming(const RequestHeader& header) {
  const bool is_http11 = header.version() >= kHttp11;
  const std::size_t codings = header.count(http::field::transfer_encoding);
  if (codings > 0 && (!is_http11 || header.count(http::field::content_length) > 0)) {
    return Answer(http::status::bad_request,
                  "Transfer-Encoding is not for HTTP/1.0, nor beside Content-Length");
  }
  if (codings > 1 ||
      (codings > 0 && !IsSame(View(header[http::field::transfer_encoding]), "chunked"))) {
    return Answer(http::status::not_implemented, "Transfer-Encoding may be chunked alone");
  }
  const std::size_t hosts = header.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && is_http11)) {
    return Answer(http::status::bad_request, "a request has one Host");
  }
  return std::nullopt;
}

}  // namespace

bool IsForMetrics(const RequestHeader& header) {
  return header.method() == http::verb::get && PathOf(header) == kMetricsPath;
}

// A client of HTTP/1.0 would take it for the answer: RFC 9110, section 10.1.1.
bool ExpectsContinue(const RequestHeader& header) {
  return header.version() >= kHttp11 && beast::iequals(header[http::field::expect], kContinue);
}

std::optional<Response> RefusalOf(const RequestHeader& header, bool is_unix) {
  if (auto refusal = RefusalOfFraming(header)) return refusal;
  const std::string_view path = PathOf(header);
  if (path != kPath && path != kMetricsPath) {
    return Answer(http::status::not_found,
                  "the API is at POST /api/v1, Prometheus' page at GET /metrics");
  }
  if (path == kPath && header.method() != http::verb::post) {
    return Answer(http::status::method_not_allowed, "the API takes POST alone");
  }
  if (path == kMetricsPath && header.method() != http::verb::get) {
    return Answer(http::status::method_not_allowed, "/metrics takes GET alone");
  }
  // A page in a browser of this machine can reach a TCP port; browsers then tell where it is from.
  if (!is_unix && header.find(http::field::origin) != header.end()) {
    return Answer(http::status::forbidden, "the API is not for web pages");
  }
  if (ExpectsElse(header)) {
    return Answer(http::status::expectation_failed, "Expect may be 100-continue alone");
  }
  if (path == kMetricsPath) return std::nullopt;
  const std::string_view type = WithoutParameters(View(header[http::field::content_type]));
  if (!IsSame(type, kJson)) {
    return Answer(http::status::unsupported_media_type, "Content-Type must be application/json");
  }
  if (header.find(http::field::content_encoding) != header.end()) {
    return Answer(http::status::unsupported_media_type, "Content-Encoding is not supported");
  }
  if (!AcceptsJson(header)) {
    return Answer(http::status::not_acceptable, "Accept must allow application/json");
  }
  return std::nullopt;
}

}  // namespace runtime::agent
