// Types a Document as a Profile. What cannot be typed is reported, all of it, and left out.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/json/document.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace schema::profile {

enum class ProblemKind {
  kNotAnObject,
  kUnknownKey,   // no engine reads it
  kMisspeltKey,  // unknown, and near a key that there is, or in another case
  kWrongType,
  kInexactNumber,  // a fraction, an exponent, negative, or beyond 64 bits
  kMissingDefaultAction,
  kUnknownAction,
  kUnknownArchitecture,
  kUnknownOperator,
  kIncompleteArg,
  kMinKernelFormat,
};

struct Problem {
  ProblemKind kind = ProblemKind::kWrongType;
  Span span;
  std::string message;
  std::string help;  // what to do about it; may be empty
  std::vector<Related> related;
  std::string nearest = {};  // of a kMisspeltKey: the key that there is
};

struct ParseResult {
  std::optional<Profile> profile;  // std::nullopt only for kNotAnObject
  std::vector<Problem> problems;   // in the order of their places
};

ParseResult Parse(const json::Document& document);

}  // namespace schema::profile
