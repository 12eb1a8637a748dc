#include "lint/engine/fingerprint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "schema/json/document.h"

namespace lint::engine {
namespace {

// FNV-1a, 64 bits. Source: RFC 9923.
std::uint64_t Hash(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return (hash ^ 0xFFU) * 0x100000001b3U;  // no byte of UTF-8: ends the text
}

// "/syscalls/12/names/3" -> "/syscalls/*/names/*".
std::string WithoutIndices(std::string_view pointer) {
  std::string out;
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string_view step = pointer.substr(0, end);
    const bool is_index = step.find_first_not_of("0123456789", 1) == std::string_view::npos;
    out += is_index ? "/*" : step;
    pointer.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::string Fingerprint(const schema::json::Document& document, const Report& report) {
  constexpr std::size_t kAtMost = 256;  // bytes of the span: it may be all of the file
  const std::size_t begin = std::min(report.span.begin, document.text.size());
  const std::size_t length = std::min(report.span.end - report.span.begin, kAtMost);
  std::uint64_t hash = 0xcbf29ce484222325U;
  hash = Hash(report.rule->id, hash);
  hash = Hash(report.message, hash);
  hash = Hash(WithoutIndices(schema::json::PointerTo(document, report.span)), hash);
  hash = Hash(std::string_view(document.text).substr(begin, length), hash);
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); i-- > 0; hash >>= 4U)
    digits[i] = "0123456789abcdef"[hash & 15U];
  return digits;
}

std::string Fingerprints::Next(const Report& report) {
  std::string fingerprint = Fingerprint(document_, report);
  const std::size_t ordinal = ++seen_[fingerprint];
  return fingerprint + ":" + std::to_string(ordinal);
}

}  // namespace lint::engine
