#include "runtime/isolator/filter_cache.h"

#include <array>
#include <utility>

#include "runtime/isolator/key_hash.h"

namespace runtime::isolator {

using schema::filter::Filter;

std::size_t FilterCache::Hash::operator()(const Key& key) const {
  return HashOf(std::array{key.made_for, key.profile});
}

std::shared_ptr<const Filter> FilterCache::Find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    ++counts_.misses;
    return nullptr;
  }
  ++counts_.hits;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->filter;
}

void FilterCache::Insert(const Key& key, std::shared_ptr<const Filter> filter) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;  // another thread was as fast
  entries_.push_front({std::string(key.made_for), std::string(key.profile), std::move(filter)});
  by_key_.emplace(entries_.front().key(), entries_.begin());
  counts_.bytes += entries_.front().bytes();
  while (!entries_.empty() && (entries_.size() > most_entries_ || counts_.bytes > most_bytes_)) {
    DropLast();
  }
}

FilterCache::Counts FilterCache::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.entries = entries_.size();
  return counts;
}

void FilterCache::DropLast() {
  counts_.bytes -= entries_.back().bytes();
  ++counts_.evictions;
  by_key_.erase(entries_.back().key());
  entries_.pop_back();
}

}  // namespace runtime::isolator
