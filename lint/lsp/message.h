// JSON-RPC 2.0, as LSP uses it: requests, notifications and responses, no batches.

#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "schema/error.h"

namespace lint::lsp {

// Source: JSON-RPC 2.0, "Error object"; LSP 3.17, "ErrorCodes".
enum class RpcError {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kServerNotInitialized = -32002,
};

struct Message {
  std::optional<boost::json::value> id;  // an integer or a string; std::nullopt: a notification
  std::string method;                    // empty: the response to a request of ours
  boost::json::value params;             // null where there are none
};

struct MalformedMessage {
  RpcError code = RpcError::kParseError;
  std::string reason;
  boost::json::value id;  // null where it is not known
};

// Either is set. Bytes that are not UTF-8 and halves of surrogate pairs, which JSON can write and
// text cannot hold, become U+FFFD: an editor's text may have them, and a message that is refused
// would leave it out of step.
struct ParsedMessage {
  std::optional<Message> message;
  MalformedMessage malformed;
};
ParsedMessage ParseMessage(std::string body);

// The bodies of messages of ours.
std::string ResultBody(const boost::json::value& id, boost::json::value result);
std::string ErrorBody(const boost::json::value& id, RpcError code, std::string_view reason);
std::string NotificationBody(std::string_view method, boost::json::value params);
std::string RequestBody(std::string_view id, std::string_view method, boost::json::value params);

}  // namespace lint::lsp
