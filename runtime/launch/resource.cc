#include "runtime/launch/resource.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace runtime::launch {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;

struct Resource {
  std::string_view name;
  int number;
  bool is_bytes = false;
};

constexpr std::array kResources = {
    Resource{"as", RLIMIT_AS, true},
    Resource{"core", RLIMIT_CORE, true},
    Resource{"cpu", RLIMIT_CPU},
    Resource{"data", RLIMIT_DATA, true},
    Resource{"fsize", RLIMIT_FSIZE, true},
    Resource{"locks", RLIMIT_LOCKS},
    Resource{"memlock", RLIMIT_MEMLOCK, true},
    Resource{"msgqueue", RLIMIT_MSGQUEUE, true},
    Resource{"nice", RLIMIT_NICE},
    Resource{"nofile", RLIMIT_NOFILE},
    Resource{"nproc", RLIMIT_NPROC},
    Resource{"rss", RLIMIT_RSS, true},
    Resource{"rtprio", RLIMIT_RTPRIO},
    Resource{"rttime", RLIMIT_RTTIME},
    Resource{"sigpending", RLIMIT_SIGPENDING},
    Resource{"stack", RLIMIT_STACK, true},
};

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> ParseValue(std::string_view text, bool is_bytes) {
  if (text == "unlimited") return ~std::uint64_t{0};  // RLIM64_INFINITY
  return is_bytes ? ParseBytes(text) : ParseNumber(text);
}

// Takes one of `letters` off the end, if it is there.
bool TakeLetter(std::string_view& text, std::string_view letters) {
  const bool is_there = !text.empty() && letters.find(text.back()) != std::string_view::npos;
  if (is_there) text.remove_suffix(1);
  return is_there;
}

Error Invalid(std::string_view entry, const std::string& problem) {
  return {ErrorCode::kInvalid, "\"" + std::string(entry) + "\": " + problem, 0};
}

Result<Limit> ParseLimit(std::string_view entry) {
  const std::size_t equals = std::min(entry.find('='), entry.size());
  const auto* const resource =
      std::ranges::find(kResources, entry.substr(0, equals), &Resource::name);
  if (resource == kResources.end()) {
    std::string known;
    for (const Resource& each : kResources)
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    return Invalid(entry, "a limit is NAME=SOFT:HARD or NAME=BOTH; names: " + known);
  }
  const std::string_view values = entry.substr(std::min(equals + 1, entry.size()));
  const std::size_t colon = std::min(values.find(':'), values.size());
  const bool is_bytes = resource->is_bytes;
  const auto soft = ParseValue(values.substr(0, colon), is_bytes);
  const auto hard = colon == values.size() ? soft : ParseValue(values.substr(colon + 1), is_bytes);
  if (!soft || !hard) {
    return Invalid(
        entry, "a limit is " + std::string(is_bytes ? kByteForms : "a number") + ", or unlimited");
  }
  if (*soft > *hard) return Invalid(entry, "the soft limit is above the hard one");
  return Limit{resource->number, *soft, *hard};
}

}  // namespace

std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  constexpr std::string_view kUnits = "kmgtKMGT";
  std::string_view number = text;
  const bool has_b = TakeLetter(number, "bB");
  const bool has_i = has_b && TakeLetter(number, "iI");
  const std::size_t unit = number.empty() ? kUnits.npos : kUnits.find(number.back());
  if (unit != kUnits.npos) number.remove_suffix(1);
  if (has_i && unit == kUnits.npos) return std::nullopt;
  const std::size_t shift = unit == kUnits.npos ? 0 : 10 * (unit % 4 + 1);
  const auto value = ParseNumber(number);
  if (!value || *value > (~std::uint64_t{0} >> shift)) return std::nullopt;
  return *value << shift;
}

Result<std::vector<Limit>> ParseLimits(const std::string& list) {
  std::vector<Limit> limits;
  std::string_view rest = list;
  for (;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view entry = rest.substr(0, comma);
    Result<Limit> limit = ParseLimit(entry);
    if (!limit) return std::move(limit).error();
    if (std::ranges::count(limits, limit->resource, &Limit::resource) > 0) {
      return Invalid(entry, "given twice");
    }
    limits.push_back(*limit);
    if (comma == rest.size()) return limits;
    rest.remove_prefix(comma + 1);
  }
}

std::string ResourceName(std::int64_t resource) {
  const auto* const found = std::ranges::find(kResources, resource, &Resource::number);
  return found == kResources.end() ? std::to_string(resource) : std::string(found->name);
}

}  // namespace runtime::launch
