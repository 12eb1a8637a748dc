// Document: a JSON text, or a YAML one (schema/yaml) as the JSON that Kubernetes makes of it, as a
// tree in which everything knows where it stands in the source.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/span.h"

namespace schema::json {

enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

// "an array", "a string", ...: for messages.
std::string_view KindName(Kind kind);

struct Member;

struct Value {
  Kind kind = Kind::kNull;
  bool boolean = false;         // kBoolean
  Span span;                    // of the whole value, quotes and brackets included
  std::string text;             // kString: decoded, UTF-8; kNumber: as JSON has it
  std::vector<Value> items;     // kArray
  std::vector<Member> members;  // kObject: in source order, duplicates kept

  // kNumber: its value if it is written as a whole number from 0 to 2^64-1 without fraction or
  // exponent, which is all that the profile format has use for. Read from the source text, since a
  // double cannot hold 2^53+1. std::nullopt otherwise.
  std::optional<std::uint64_t> AsUnsigned() const;
};

struct Member {
  Spanned<std::string> key;  // decoded; the span includes the quotes
  Value value;
};

enum class Language { kJson, kYaml };

struct Document {
  std::string text;  // the source; every Span of the tree points into it
  Value root;
  Language language = Language::kJson;
  bool is_stream = false;  // YAML of several documents: the root is an array of them

  // YAML's comments, each from its # to the end of the line.
  std::vector<Span> comments = {};
};

// The RFC 6901 pointer of the innermost value whose span contains `span` ("" is the root). For the
// span of a key it is the pointer of the member's value. In a stream it begins with the document's
// number, from 0.
std::string PointerTo(const Document& document, Span span);

}  // namespace schema::json
