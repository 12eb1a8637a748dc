// Types a Document as a Profile. What cannot be typed is reported, all of it, and left out.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/json/document.h"
#include "schema/profile/form.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace schema::profile {

enum class ProblemKind {
  kNotAnObject,
  kUnknownKey,    // no engine reads it
  kMisspeltKey,   // unknown, and near a key that there is, or in another case
  kForeignKey,    // known in Docker's form, not in this one
  kIgnoredErrno,  // an errno of 0, which a SeccompProfile does not hand on
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
  std::optional<Profile> profile;  // std::nullopt only for kNotAnObject, or where there is none
  std::vector<Problem> problems;   // in the order of their places
};

// The document as a profile of Docker's.
ParseResult Parse(const json::Document& document);

// The profile at a place, in its form.
ParseResult Parse(const Place& place);

// Of a document without any: a problem that says what it holds.
ParseResult NoProfile(const json::Document& document);

}  // namespace schema::profile
