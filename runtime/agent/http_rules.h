// What a request's header must be before its body is read.

#pragma once

#include <boost/beast/http/message.hpp>
#include <optional>

#include "runtime/agent/api.h"

namespace runtime::agent {

using RequestHeader = boost::beast::http::request_header<>;

// Whether it asks for GET /metrics.
bool IsForMetrics(const RequestHeader& header);

// Whether the client waits for "100 Continue" before it sends the body.
bool ExpectsContinue(const RequestHeader& header);

// What is wrong with it; std::nullopt: nothing. `is_unix`: no browser can have sent it. Who sent it
// is not looked at here.
std::optional<Response> RefusalOf(const RequestHeader& header, bool is_unix);

}  // namespace runtime::agent
