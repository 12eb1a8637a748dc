#include "runtime/isolator/filter_cache.h"

#include <utility>

namespace runtime::isolator {

using schema::filter::Filter;

std::optional<Filter> FilterCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    ++misses_;
    return std::nullopt;
  }
  ++hits_;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->filter;
}

void FilterCache::Insert(std::string key, const Filter& filter) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;  // another thread was as fast
  entries_.push_front({std::move(key), filter});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += BytesOf(entries_.front());
  while (!entries_.empty() && (entries_.size() > most_entries_ || bytes_ > most_bytes_)) DropLast();
}

FilterCache::Counts FilterCache::counts() const {
  const std::lock_guard lock(mutex_);
  return {hits_, misses_, entries_.size()};
}

std::size_t FilterCache::BytesOf(const Entry& entry) {
  return entry.key.size() + entry.filter.program.size() * sizeof(sock_filter);
}

void FilterCache::DropLast() {
  bytes_ -= BytesOf(entries_.back());
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace runtime::isolator
