// Proved filters, so that a launch need not make the one again that the launch before it had.

#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/filter/filter.h"

namespace runtime::isolator {

// From any thread. The key holds all that a filter is made of, the profile's text whole: no two
// profiles that differ in anything share a filter.
class FilterCache {
 public:
  struct Counts {
    std::size_t hits = 0;
    std::size_t misses = 0;
    std::size_t entries = 0;
  };

  // `entries` and `bytes` (of keys and programs) at most; what was used longest ago goes first.
  explicit FilterCache(std::size_t entries = 64, std::size_t bytes = std::size_t{4} << 20U)
      : most_entries_(entries), most_bytes_(bytes) {}

  std::optional<schema::filter::Filter> Find(const std::string& key);
  void Insert(std::string key, const schema::filter::Filter& filter);
  Counts counts() const;

 private:
  struct Entry {
    std::string key;
    schema::filter::Filter filter;
  };
  static std::size_t BytesOf(const Entry& entry);
  void DropLast();

  std::size_t most_entries_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // what was used last is first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
  std::size_t hits_ = 0;
  std::size_t misses_ = 0;
};

}  // namespace runtime::isolator
