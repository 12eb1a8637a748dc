#include "runtime/agent/http_rules.h"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <string_view>

namespace runtime::agent {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kPath = "/api/v1";
constexpr std::string_view kMetricsPath = "/metrics";
constexpr std::string_view kJson = "application/json";
constexpr char kContinue[] = "100-continue";

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

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
      if (beast::iequals({type.data(), type.size()}, {fitting.data(), fitting.size()})) return true;
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

// The path of the target, without its query.
std::string_view PathOf(const RequestHeader& header) {
  const std::string_view target = View(header.target());
  return target.substr(0, target.find('?'));
}

}  // namespace

bool IsForMetrics(const RequestHeader& header) {
  return header.method() == http::verb::get && PathOf(header) == kMetricsPath;
}

// A client of HTTP/1.0 would take it for the answer: RFC 9110, section 10.1.1.
bool ExpectsContinue(const RequestHeader& header) {
  constexpr unsigned kHttp11 = 11;
  return header.version() >= kHttp11 && beast::iequals(header[http::field::expect], kContinue);
}

std::optional<Response> RefusalOf(const RequestHeader& header, bool is_unix) {
  const auto status = [](http::status code) { return static_cast<unsigned>(code); };
  const std::string_view path = PathOf(header);
  if (path != kPath && path != kMetricsPath) {
    return Response{status(http::status::not_found),
                    "the API is at POST /api/v1, Prometheus' page at GET /metrics"};
  }
  if (path == kPath && header.method() != http::verb::post) {
    return Response{status(http::status::method_not_allowed), "the API takes POST alone"};
  }
  if (path == kMetricsPath && header.method() != http::verb::get) {
    return Response{status(http::status::method_not_allowed), "/metrics takes GET alone"};
  }
  // A page in a browser of this machine can reach a TCP port; browsers then tell where it is from.
  if (!is_unix && header.find(http::field::origin) != header.end()) {
    return Response{status(http::status::forbidden), "the API is not for web pages"};
  }
  if (ExpectsElse(header)) {
    return Response{status(http::status::expectation_failed), "Expect may be 100-continue alone"};
  }
  if (path == kMetricsPath) return std::nullopt;
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

}  // namespace runtime::agent
