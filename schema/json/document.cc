#include "schema/json/document.h"

#include <charconv>

namespace schema::json {
namespace {

bool Contains(Span outer, Span inner) {
  return outer.begin <= inner.begin && inner.end <= outer.end;
}

// RFC 6901, section 3: "~" is written "~0" and "/" is written "~1".
void AppendToken(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return "a boolean";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "a value";
}

std::optional<std::uint64_t> Value::AsUnsigned() const {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (kind != Kind::kNumber || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string PointerTo(const Document& document, Span span) {
  std::string pointer;
  const Value* value = &document.root;
  for (bool descended = true; descended;) {
    descended = false;
    for (std::size_t i = 0; i < value->items.size() && !descended; ++i) {
      if (!Contains(value->items[i].span, span)) continue;
      AppendToken(pointer, std::to_string(i));
      value = &value->items[i];
      descended = true;
    }
    if (descended) continue;
    for (const Member& member : value->members) {
      if (!Contains(member.key.span, span) && !Contains(member.value.span, span)) continue;
      AppendToken(pointer, member.key.value);
      if (Contains(member.key.span, span)) return pointer;
      value = &member.value;
      descended = true;
      break;
    }
  }
  return pointer;
}

}  // namespace schema::json
