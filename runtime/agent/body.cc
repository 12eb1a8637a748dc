#include "runtime/agent/body.h"

#include <algorithm>
#include <utility>

#include "schema/json/reader.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::json::Kind;
using schema::json::Value;

Error At(std::string_view text, schema::Span span, std::string_view message) {
  const schema::Position position = schema::Locate(text, span.begin);
  return {ErrorCode::kInvalid,
          "line " + std::to_string(position.line) + ", column " + std::to_string(position.column) +
              ": " + std::string(message),
          0};
}

}  // namespace

Result<Body> Body::Read(std::string text) {
  auto read = schema::json::Read(std::move(text));
  if (!read.problems.empty()) {
    const auto& problem = read.problems.front();
    return At(read.document.text, problem.span, problem.message);
  }
  if (read.document.root.kind != Kind::kObject) {
    return At(read.document.text, read.document.root.span, "a call is a JSON object");
  }
  return Body(std::move(read.document));
}

Error Body::Complain(schema::Span span, std::string_view message) const {
  return At(document_.text, span, message);
}

Result<const Value*> Body::Find(const Value& object, std::string_view name, Kind kind) const {
  const auto found = std::ranges::find_if(
      object.members, [&](const schema::json::Member& member) { return member.key.value == name; });
  if (found == object.members.end() || found->value.kind == Kind::kNull) return nullptr;
  if (found->value.kind != kind) {
    return Complain(found->value.span, std::string(name) + " is " +
                                           std::string(KindName(found->value.kind)) +
                                           ", it must be " + std::string(KindName(kind)));
  }
  return &found->value;
}

Result<const Value*> Body::Require(const Value& object, std::string_view name, Kind kind) const {
  auto found = Find(object, name, kind);
  if (found && *found == nullptr) {
    return Complain(object.span, std::string(name) + " is missing: " + std::string(KindName(kind)));
  }
  return found;
}

}  // namespace runtime::agent
