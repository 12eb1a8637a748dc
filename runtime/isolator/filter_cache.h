// Proved filters, so that a launch need not make the one again that the launch before it had.

#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
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
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;  // dropped for the bounds
    std::size_t entries = 0;
    std::size_t bytes = 0;  // of keys and programs
  };

  // Compared byte by byte: a hash that two share makes a look-up slower, never wrong.
  struct Key {
    std::string_view made_for;  // the host, its options and the bounding set
    std::string_view profile;   // the text

    friend bool operator==(const Key&, const Key&) = default;
  };

  // `entries` and `bytes` (of keys and programs) at most; what was used longest ago goes first.
  explicit FilterCache(std::size_t entries = 64, std::size_t bytes = std::size_t{4} << 20U)
      : most_entries_(entries), most_bytes_(bytes) {}

  // Null: not there.
  std::shared_ptr<const schema::filter::Filter> Find(const Key& key);
  // Copies the key.
  void Insert(const Key& key, std::shared_ptr<const schema::filter::Filter> filter);
  Counts counts() const;

 private:
  struct Entry {
    std::string made_for;
    std::string profile;
    std::shared_ptr<const schema::filter::Filter> filter;

    Key key() const { return {made_for, profile}; }
    std::size_t bytes() const {
      return made_for.size() + profile.size() + filter->program.size() * sizeof(sock_filter);
    }
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  void DropLast();

  std::size_t most_entries_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;                                          // what was used last is first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;  // views into entries_
  Counts counts_;
};

}  // namespace runtime::isolator
