#include "schema/yaml/scalar.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

namespace schema::yaml {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                    "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalse = {"n",     "N",     "no",  "No",  "NO", "false",
                                                     "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 12> kNoNumber = {".nan",  ".NaN",  ".NAN",  ".inf",
                                                        ".Inf",  ".INF",  "+.inf", "+.Inf",
                                                        "+.INF", "-.inf", "-.Inf", "-.INF"};

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Value Of(Kind kind, std::string_view text) {
  Value value;
  value.kind = kind;
  value.text = text;
  return value;
}

// Go's strconv with base 0: 0x, 0o and 0b; a leading zero alone is octal.
std::optional<std::string> Integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char mark = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
  if (digits.empty() || stop != end) return std::nullopt;
  // Beyond 64 bits Go makes a big integer of it, all of its digits kept.
  if (error == std::errc::result_out_of_range && base == 10) {
    return (negative ? "-" : "") + std::string(digits);
  }
  if (error != std::errc{}) return std::nullopt;
  return (negative && number != 0 ? "-" : "") + std::to_string(number);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  const auto skip_digits = [&] {
    const std::size_t count =
        static_cast<std::size_t>(std::ranges::find_if_not(text, IsDigit) - text.begin());
    text.remove_prefix(count);
    return count;
  };
  const auto skip_sign = [&] {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  };
  skip_sign();
  const std::size_t whole = skip_digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (skip_digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  skip_sign();
  return skip_digits() != 0 && text.empty();
}

// As encoding/json writes a float64: without a fraction where it has none. std::nullopt: beyond all
// of them, which Go's ParseFloat refuses; what is too near to 0 is 0.
std::optional<std::string> FloatText(const std::string& text) {
  const double number = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  constexpr double kLargestWrittenOut = 1e21;
  std::array<char, 64> buffer{};
  const bool whole = std::floor(number) == number && std::fabs(number) < kLargestWrittenOut;
  std::snprintf(buffer.data(), buffer.size(), whole ? "%.0f" : "%.17g", number);
  return std::string(buffer.data());
}

bool Contains(std::span<const std::string_view> words, std::string_view text) {
  return std::ranges::find(words, text) != words.end();
}

Value Plain(std::string_view text) {
  if (Contains(kNull, text)) return Of(Kind::kNull, "");
  if (Contains(kTrue, text) || Contains(kFalse, text)) {
    Value value = Of(Kind::kBoolean, "");
    value.boolean = Contains(kTrue, text);
    return value;
  }
  if (Contains(kNoNumber, text)) return Of(Kind::kNumber, text);
  if (!IsDigit(text[0]) && text[0] != '-' && text[0] != '+' && text[0] != '.') {
    return Of(Kind::kString, text);
  }
  std::string digits(text);
  std::erase(digits, '_');
  if (text[0] != '.') {
    if (auto integer = Integer(digits)) return Of(Kind::kNumber, *integer);
  }
  // No profile holds a number that takes more, and strtod's time grows with it.
  constexpr std::size_t kLongest = 64;
  if (digits.size() <= kLongest && LooksLikeFloat(digits)) {
    if (auto number = FloatText(digits)) return Of(Kind::kNumber, *number);
  }
  return Of(Kind::kString, text);
}

}  // namespace

Value ScalarValue(std::string_view text, std::string_view tag, bool quoted) {
  if (tag.empty()) return quoted ? Of(Kind::kString, text) : Plain(text);
  if (!tag.starts_with(kTagPrefix)) return Of(Kind::kString, text);
  const std::string_view name = tag.substr(kTagPrefix.size());
  const bool resolves = name == "int" || name == "float" || name == "bool" || name == "null";
  return resolves ? Plain(text) : Of(Kind::kString, text);
}

bool NeedsQuotes(std::string_view text) {
  const auto is_safe = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '/' ||
           c == '-';
  };
  return text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0 ||
         !std::ranges::all_of(text, is_safe) || Plain(text).kind != Kind::kString;
}

}  // namespace schema::yaml
