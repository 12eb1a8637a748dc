#include "schema/json/syntax_error.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace schema::json {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n";

// What surrounds the place of the error, found by one scan of the text before it, all of which the
// parser has accepted.
struct Surroundings {
  std::vector<std::size_t> open;  // '[' and '{' not closed yet
  bool in_string = false;
  std::size_t string_begin = 0;                   // in_string
  std::size_t previous = std::string_view::npos;  // the last token character before the place
};

Surroundings Scan(std::string_view text, std::size_t start, std::size_t end) {
  Surroundings around;
  for (std::size_t i = start; i < end; ++i) {
    const char c = text[i];
    if (around.in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        around.in_string = false;
      }
    } else if (c == '"') {
      around.in_string = true;
      around.string_begin = i;
    } else if (c == '[' || c == '{') {
      around.open.push_back(i);
    } else if ((c == ']' || c == '}') && !around.open.empty()) {
      around.open.pop_back();
    }
    if (kWhitespace.find(c) == std::string_view::npos) around.previous = i;
  }
  return around;
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The word (a run of letters, digits and underscores) around or at `offset`.
Span WordAt(std::string_view text, std::size_t start, std::size_t offset) {
  Span word{offset, offset};
  while (word.begin > start && IsWordCharacter(text[word.begin - 1])) --word.begin;
  while (word.end < text.size() && IsWordCharacter(text[word.end])) ++word.end;
  if (word.begin == word.end && offset < text.size()) ++word.end;
  return word;
}

std::string_view Slice(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

Problem Syntax(Span span, std::string message, std::string help = {},
               std::vector<Related> related = {}) {
  return {ProblemKind::kSyntax, span, std::move(message), std::move(help), std::move(related)};
}

Problem AtEndOfText(std::string_view text, const Surroundings& around, std::string_view what) {
  const Span end{text.size(), text.size()};
  if (around.in_string) {
    return Syntax({around.string_begin, around.string_begin + 1}, "this string is never closed",
                  "add the closing double quote");
  }
  if (around.previous == std::string_view::npos) {
    return Syntax(end, "the " + std::string(what) + " is empty",
                  "a profile is a JSON object: { \"defaultAction\": ... }");
  }
  std::vector<Related> related;
  std::string message = "the " + std::string(what) + " ends ";
  if (around.open.empty()) {
    message += "in the middle of a value";
  } else {
    const std::size_t opener = around.open.back();
    message += std::string("before the closing '") + (text[opener] == '[' ? "]" : "}") + "'";
    related.push_back({{opener, opener + 1}, "opened here"});
  }
  return Syntax(end, std::move(message), "is the file complete?", std::move(related));
}

Problem InsideString(std::string_view text, std::size_t at, const Surroundings& around) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == '\n' || byte == '\r') {
    return Syntax({around.string_begin, at}, "this string is not closed on its line",
                  "add the closing double quote; a line break inside a string is written \\n");
  }
  if (byte < 0x20) {
    return Syntax({at, at + 1}, "a control character inside a string",
                  "write it as an escape, for example \\t");
  }
  const std::size_t backslash = text.rfind('\\', at);
  const std::size_t begin = backslash == std::string_view::npos ? at : backslash;
  return Syntax({begin, at + 1}, "invalid escape sequence in a string",
                "valid ones are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
}

// `word` is not JSON where it stands.
Problem UnexpectedWord(std::string_view text, Span word, bool key_expected) {
  const std::string written(Slice(text, word));
  if (std::isdigit(static_cast<unsigned char>(written.front())) != 0 && !key_expected) {
    return Syntax(word, "invalid number " + written,
                  "numbers are decimal, without leading zeros or 0x");
  }
  if (key_expected) {
    return Syntax(word, "a key must be a string in double quotes", "write \"" + written + "\"");
  }
  std::string lower = written;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true" || lower == "false" || lower == "none" || lower == "null") {
    return Syntax(word, "unknown word " + written,
                  "JSON knows true, false and null, in lower case");
  }
  return Syntax(word, "unknown word " + written, "strings are written in double quotes");
}

}  // namespace

Problem DescribeSyntaxError(std::string_view text, std::size_t start, std::size_t consumed,
                            boost::json::error_code error, std::string_view what) {
  const std::size_t at = std::min(consumed, text.size());
  if (error == boost::json::error::too_deep) {
    return {ProblemKind::kTooLarge,
            {at, at + 1},
            "arrays and objects nested more than " + std::to_string(kMaxDepth) + " deep",
            "a profile needs no more than 6 levels",
            {}};
  }
  if (error == boost::json::error::array_too_large) {  // the reader's word for it
    return {ProblemKind::kTooLarge,
            {at, at + 1},
            "more than " + std::to_string(kMaxValues) + " values",
            "the longest of many profiles has some 1500",
            {}};
  }
  const Surroundings around = Scan(text, start, at);
  if (at >= text.size()) return AtEndOfText(text, around, what);
  if (around.in_string) return InsideString(text, at, around);

  const char found = text[at];
  const char previous = around.previous == std::string_view::npos ? '\0' : text[around.previous];
  const bool in_object = !around.open.empty() && text[around.open.back()] == '{';
  if (found == '/' || found == '#') {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    return Syntax({at, line_end}, "JSON has no comments",
                  "remove it; a rule may carry a \"comment\" field");
  }
  if (!error) {
    return Syntax({at, at + 1}, "text after the end of the JSON value",
                  "a file holds one JSON object; is there a bracket too many before this?");
  }
  if ((found == ']' || found == '}') && previous == ',') {
    return Syntax({around.previous, around.previous + 1},
                  std::string("trailing comma before '") + found + "'", "remove the comma");
  }
  if (found == '\'') {
    return Syntax({at, at + 1}, "single quotes are not JSON", "write strings in double quotes");
  }
  const bool inside_word = IsWordCharacter(previous) && around.previous + 1 == at &&
                           std::string_view("[]{},:\"").find(found) == std::string_view::npos;
  if (IsWordCharacter(found) || inside_word) {
    const bool key_expected = in_object && (previous == '{' || previous == ',');
    const bool after_value = !key_expected && previous != ':' && previous != '[' &&
                             previous != ',' && previous != '\0' && around.previous + 1 != at;
    if (!after_value) return UnexpectedWord(text, WordAt(text, start, at), key_expected);
  }
  std::string expected = "expected a value";
  if (in_object && (previous == '{' || previous == ',')) {
    expected = "expected a key in double quotes";
  } else if (previous == '"' || previous == ']' || previous == '}' || IsWordCharacter(previous)) {
    expected = in_object ? "expected ',' or '}' (or ':' after a key)" : "expected ',' or ']'";
    if (around.open.empty()) expected = "expected the end of the " + std::string(what);
  }
  std::vector<Related> related;
  if (!around.open.empty() && (found == ']' || found == '}')) {
    related.push_back({{around.open.back(), around.open.back() + 1}, "the bracket opened here"});
  }
  const std::string shown = static_cast<unsigned char>(found) < 0x80
                                ? std::string("'") + found + "'"
                                : std::string("a character");
  return Syntax({at, at + 1}, expected + ", found " + shown, "", std::move(related));
}

}  // namespace schema::json
