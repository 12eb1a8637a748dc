// A call's JSON text, or one like it in a file, read with errors that say where in it they are.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/error.h"
#include "schema/json/document.h"
#include "schema/span.h"

namespace runtime::agent {

// Text of a client, for a message: harmless to a terminal, and cut at 100 bytes.
std::string Echo(std::string_view text);

class Body {
 public:
  enum class Origin : std::uint8_t { kRequest, kFile };

  // Errors: kInvalid, no JSON object, a key twice, invalid UTF-8, too deep; with its position.
  static schema::Result<Body> Read(std::string text, Origin origin = Origin::kRequest);

  const schema::json::Value& root() const { return document_.root; }

  // "request body, line 3, column 5: MESSAGE", for something that stands at `span`; of a file,
  // whose name the caller has, without the first.
  schema::Error Complain(schema::Span span, std::string_view message) const;

  // The member `name` of `object`; null where there is none, or where it is null, which is the same
  // in protobuf's JSON form. Errors: kInvalid, it is of another kind.
  schema::Result<const schema::json::Value*> Find(const schema::json::Value& object,
                                                  std::string_view name,
                                                  schema::json::Kind kind) const;

  // As Find, but it must be there.
  schema::Result<const schema::json::Value*> Require(const schema::json::Value& object,
                                                     std::string_view name,
                                                     schema::json::Kind kind) const;

 private:
  Body(schema::json::Document document, Origin origin)
      : document_(std::move(document)), origin_(origin) {}

  schema::json::Document document_;
  Origin origin_;
};

}  // namespace runtime::agent
