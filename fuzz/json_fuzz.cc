// The reader: every text is read or refused; spans lie within the text, nest, and are in order.

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "schema/json/reader.h"

namespace {

using schema::Span;
using schema::json::Kind;
using schema::json::ReadResult;
using schema::json::Value;

void CheckWithin(Span inner, Span outer, std::size_t& position) {
  REQUIRE(inner.begin >= position && inner.begin < inner.end);
  REQUIRE(inner.begin >= outer.begin && inner.end <= outer.end);
  position = inner.end;
}

void CheckValue(const Value& value, std::string_view text) {
  const std::string_view source = text.substr(value.span.begin, value.span.end - value.span.begin);
  std::size_t position = value.span.begin + 1;
  switch (value.kind) {
    case Kind::kNull:
      REQUIRE(source == "null");
      break;
    case Kind::kBoolean:
      REQUIRE(source == (value.boolean ? "true" : "false"));
      break;
    case Kind::kNumber:
      REQUIRE(source == value.text);
      break;
    case Kind::kString:
      REQUIRE(source.size() >= 2 && source.front() == '"' && source.back() == '"');
      break;
    case Kind::kArray:
      REQUIRE(source.front() == '[' && source.back() == ']');
      for (const Value& item : value.items) {
        CheckWithin(item.span, value.span, position);
        CheckValue(item, text);
      }
      break;
    case Kind::kObject:
      REQUIRE(source.front() == '{' && source.back() == '}');
      for (const auto& member : value.members) {
        CheckWithin(member.key.span, value.span, position);
        CheckWithin(member.value.span, value.span, position);
        CheckValue(member.value, text);
      }
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ReadResult result =
      schema::json::Read(std::string(reinterpret_cast<const char*>(data), size));
  for (const auto& problem : result.problems) {
    REQUIRE(problem.span.begin <= problem.span.end);
    REQUIRE(problem.span.end <= result.document.text.size());
    REQUIRE(!problem.message.empty());
  }
  REQUIRE(result.valid || !result.problems.empty());
  if (!result.valid) return 0;
  CheckValue(result.document.root, result.document.text);
  // Reading is a function of the text: what it kept is what it was given.
  REQUIRE(result.document.text == std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
