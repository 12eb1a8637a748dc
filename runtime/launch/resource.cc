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
};

constexpr std::array kResources = {
    Resource{"as", RLIMIT_AS},
    Resource{"core", RLIMIT_CORE},
    Resource{"cpu", RLIMIT_CPU},
    Resource{"data", RLIMIT_DATA},
    Resource{"fsize", RLIMIT_FSIZE},
    Resource{"locks", RLIMIT_LOCKS},
    Resource{"memlock", RLIMIT_MEMLOCK},
    Resource{"msgqueue", RLIMIT_MSGQUEUE},
    Resource{"nice", RLIMIT_NICE},
    Resource{"nofile", RLIMIT_NOFILE},
    Resource{"nproc", RLIMIT_NPROC},
    Resource{"rss", RLIMIT_RSS},
    Resource{"rtprio", RLIMIT_RTPRIO},
    Resource{"rttime", RLIMIT_RTTIME},
    Resource{"sigpending", RLIMIT_SIGPENDING},
    Resource{"stack", RLIMIT_STACK},
};

std::optional<std::uint64_t> ParseValue(std::string_view text) {
  if (text == "unlimited") return ~std::uint64_t{0};  // RLIM64_INFINITY
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
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
  const auto soft = ParseValue(values.substr(0, colon));
  const auto hard = colon == values.size() ? soft : ParseValue(values.substr(colon + 1));
  if (!soft || !hard) return Invalid(entry, "a limit is a number, or unlimited");
  if (*soft > *hard) return Invalid(entry, "the soft limit is above the hard one");
  return Limit{resource->number, *soft, *hard};
}

}  // namespace

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

std::string ResourceName(int resource) {
  const auto* const found = std::ranges::find(kResources, resource, &Resource::number);
  return found == kResources.end() ? std::to_string(resource) : std::string(found->name);
}

}  // namespace runtime::launch
