#include "runtime/agent/body.h"

#include <algorithm>
#include <utility>

#include "lint/report/printable.h"
#include "schema/json/reader.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::json::Kind;
using schema::json::Value;

constexpr std::string_view NameOf(Body::Origin origin) {
  return origin == Body::Origin::kRequest ? "request body" : "file";
}

Error At(Body::Origin origin, std::string_view text, schema::Span span, std::string_view message) {
  const schema::Position position = schema::Locate(text, span.begin);
  return {ErrorCode::kInvalid,
          (origin == Body::Origin::kRequest ? std::string(NameOf(origin)) + ", " : std::string()) +
              "line " + std::to_string(position.line) + ", column " +
              std::to_string(position.column) + ": " + std::string(message),
          0};
}

// The reader's words, but where they tell what engines do with a profile.
std::string Words(const schema::json::Problem& problem, std::string_view text) {
  using enum schema::json::ProblemKind;
  switch (problem.kind) {
    case kSyntax:
    case kTooLarge:
      return problem.message;
    case kDuplicateKey:
      return "the key " +
             Echo(text.substr(problem.span.begin, problem.span.end - problem.span.begin)) +
             " is given twice";
    case kEncoding:
      return "this must be UTF-8, without a byte order mark";
  }
  return problem.message;
}

}  // namespace

std::string Echo(std::string_view text) { return lint::report::Shortened(text, 100); }

Result<Body> Body::Read(std::string text, Origin origin) {
  auto read = schema::json::Read(std::move(text), {}, NameOf(origin));
  const std::string& source = read.document.text;
  if (!read.problems.empty()) {
    const auto& problem = read.problems.front();
    return At(origin, source, problem.span, Words(problem, source));
  }
  if (read.document.root.kind != Kind::kObject) {
    return At(origin, source, read.document.root.span, "this must be a JSON object");
  }
  return Body(std::move(read.document), origin);
}

Error Body::Complain(schema::Span span, std::string_view message) const {
  return At(origin_, document_.text, span, message);
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
