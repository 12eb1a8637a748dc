// Reads a JSON text (RFC 8259) into a Document. Boost.JSON's basic_parser checks the grammar; a
// cursor over the same bytes finds each token, since the parser tells no positions.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json/document.h"
#include "schema/span.h"

namespace schema::json {

// Bounds of what is read. A profile is a few kilobytes; Kubernetes refuses more than 1 MiB (etcd).
inline constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
inline constexpr std::size_t kMaxDepth = 32;       // arrays and objects within each other
inline constexpr std::size_t kMaxValues = 65'536;  // of all kinds: each takes memory and time

struct Bounds {
  std::size_t bytes = kMaxBytes;
  std::size_t values = kMaxValues;
};

enum class ProblemKind {
  kSyntax,        // not JSON
  kDuplicateKey,  // a key twice in one object, compared decoded
  kEncoding,      // byte order mark, invalid UTF-8
  kTooLarge,      // beyond the bounds
};

struct Problem {
  ProblemKind kind = ProblemKind::kSyntax;
  Span span;
  std::string message;
  std::string help;  // what to do about it; may be empty
  std::vector<Related> related;
};

struct ReadResult {
  Document document;   // `text` is always set
  bool valid = false;  // `document.root` holds the whole text
  std::vector<Problem> problems;
};

// Of a text beyond `most` bytes.
Problem TooManyBytes(std::size_t most);

// Never fails: what is wrong with the text is in `problems`. Recovers from everything but a syntax
// error and the bounds, after which `valid` is false. `what`: the text, as messages call it where
// they are of its syntax; all others are of files.
ReadResult Read(std::string text, const Bounds& bounds = {}, std::string_view what = "file");

}  // namespace schema::json
