#include "lint/lsp/message.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <utility>

#include "lint/lsp/json_access.h"
#include "schema/json/encoding.h"

namespace lint::lsp {
namespace {

namespace json = boost::json;

// Deeper than any message of the protocol, but for values that it lets clients choose.
constexpr std::size_t kMaxDepth = 64;

std::string WithoutInvalidUtf8(const std::string& text) {
  std::string mended;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = schema::json::SequenceLength(text, at);
    if (length == 0) {
      mended += "\xEF\xBF\xBD";
      ++at;
    } else {
      mended.append(text, at, length);
      at += length;
    }
  }
  return mended;
}

// The unit of UTF-16 that \uXXXX at `at` stands for.
std::optional<unsigned> UnitAt(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  return unit;
}

bool IsHighSurrogate(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

// U+FFFD is one unit of UTF-16 like the half that it replaces: columns stay.
void ReplaceLoneSurrogates(std::string& text) {
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto unit = UnitAt(text, at);
    if (!unit) {
      at += 2;
      continue;
    }
    const auto next = UnitAt(text, at + 6);
    if (IsHighSurrogate(*unit) && next && IsLowSurrogate(*next)) {
      at += 12;
      continue;
    }
    if (IsHighSurrogate(*unit) || IsLowSurrogate(*unit)) text.replace(at, 6, "\\ufffd");
    at += 6;
  }
}

ParsedMessage Malformed(RpcError code, std::string reason, json::value id = nullptr) {
  return {std::nullopt, {code, std::move(reason), std::move(id)}};
}

bool IsId(const json::value& value) {
  return value.is_int64() || value.is_uint64() || value.is_string();
}

std::string Serialized(json::object message) {
  message["jsonrpc"] = "2.0";
  return json::serialize(message);
}

}  // namespace

ParsedMessage ParseMessage(std::string body) {
  if (!schema::json::InvalidUtf8(body).empty()) body = WithoutInvalidUtf8(body);
  ReplaceLoneSurrogates(body);
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value value = json::parse(body, error, {}, options);
  if (error) return Malformed(RpcError::kParseError, "not JSON: " + error.message());
  json::object* object = value.if_object();
  if (object == nullptr) {
    return Malformed(RpcError::kInvalidRequest, "a message is one object: batches are not taken");
  }
  const json::value* id = object->if_contains("id");
  const json::value* method = object->if_contains("method");
  if (method == nullptr) {
    const bool is_response = object->contains("result") || object->contains("error");
    if (is_response) return {Message(), {}};
    return Malformed(RpcError::kInvalidRequest, "no method",
                     id != nullptr && IsId(*id) ? *id : nullptr);
  }
  if (id != nullptr && !IsId(*id)) {
    return Malformed(RpcError::kInvalidRequest, "an id is an integer or a string");
  }
  if (!method->is_string() || method->get_string().empty()) {
    return Malformed(RpcError::kInvalidRequest, "a method is a string",
                     id == nullptr ? nullptr : *id);
  }
  Message message;
  message.method = std::string(method->get_string());
  if (id != nullptr) message.id = std::move(*object->if_contains("id"));
  if (json::value* params = object->if_contains("params")) message.params = std::move(*params);
  return {std::move(message), {}};
}

std::string ResultBody(const json::value& id, json::value result) {
  return Serialized({{"id", id}, {"result", std::move(result)}});
}

std::string ErrorBody(const json::value& id, RpcError code, std::string_view reason) {
  return Serialized(
      {{"id", id}, {"error", json::object{{"code", static_cast<int>(code)}, {"message", reason}}}});
}

std::string NotificationBody(std::string_view method, json::value params) {
  return Serialized({{"method", method}, {"params", std::move(params)}});
}

std::string RequestBody(std::string_view id, std::string_view method, json::value params) {
  return Serialized({{"id", id}, {"method", method}, {"params", std::move(params)}});
}

}  // namespace lint::lsp
