#include "runtime/isolator/filter_store.h"

#include <linux/bpf_common.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace runtime::isolator {
namespace {

using schema::filter::Filter;
using schema::kernel::Target;

std::string MadeOf(const Target& target, const FilterOptions& options) {
  const auto ours = OwnIdentity();
  return ours ? *ours + "\n" + MadeFor(target, options) + "\n" : "";
}

// The flags, then the instructions, as they stand in memory.
std::string ToKept(const Filter& filter) {
  std::string kept(sizeof(filter.flags), '\0');
  std::memcpy(kept.data(), &filter.flags, sizeof(filter.flags));
  const auto* instructions = reinterpret_cast<const char*>(filter.program.data());
  return kept.append(instructions, filter.program.size() * sizeof(sock_filter));
}

std::optional<Filter> FromKept(std::string_view kept) {
  Filter filter;
  if (kept.size() <= sizeof(filter.flags)) return std::nullopt;
  std::memcpy(&filter.flags, kept.data(), sizeof(filter.flags));
  kept.remove_prefix(sizeof(filter.flags));
  if (kept.size() % sizeof(sock_filter) != 0) return std::nullopt;
  filter.program.resize(kept.size() / sizeof(sock_filter));
  if (filter.program.size() > BPF_MAXINSNS) return std::nullopt;
  std::memcpy(filter.program.data(), kept.data(), kept.size());
  return filter;
}

}  // namespace

FilterStore::FilterStore(const std::string& directory, const Target& target,
                         const FilterOptions& options)
    : cache_(directory), made_of_(MadeOf(target, options)) {}

std::optional<Filter> FilterStore::Find(std::string_view profile) const {
  if (made_of_.empty()) return std::nullopt;
  const auto kept = cache_.Find(std::array<std::string_view, 2>{made_of_, profile});
  return kept ? FromKept(*kept) : std::nullopt;
}

void FilterStore::Insert(std::string_view profile, const Filter& filter) const {
  if (made_of_.empty() || filter.listener) return;
  cache_.Insert(std::array<std::string_view, 2>{made_of_, profile}, ToKept(filter));
}

}  // namespace runtime::isolator
