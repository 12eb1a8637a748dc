#include "runtime/agent/metrics.h"

#include <algorithm>

namespace runtime::agent {
namespace {

// The index of `value` in `list`, the last one where it is not there.
template <class List, class Value>
std::size_t IndexIn(const List& list, const Value& value) {
  const auto found = std::ranges::find(list, value);
  const auto index = static_cast<std::size_t>(found - list.begin());
  return std::min(index, list.size() - 1);
}

}  // namespace

void Histogram::Record(std::chrono::microseconds duration) {
  const auto bucket = std::ranges::lower_bound(kBounds, duration);  // the first end at or above
  Count(buckets_[static_cast<std::size_t>(bucket - kBounds.begin())]);
  sum_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                 std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    snapshot.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    snapshot.count += snapshot.buckets[i];
  }
  snapshot.sum = std::chrono::microseconds(sum_.load(std::memory_order_relaxed));
  return snapshot;
}

void Metrics::CountRefusal(const Refusal& refusal) {
  Count(refusals[static_cast<std::size_t>(refusal.reason)]);
  if (refusal.step) Count(failed_steps[IndexIn(StepNames(), StepName(*refusal.step))]);
}

void Metrics::CountRequest(std::string_view call, unsigned status) {
  Count(requests[IndexIn(kCallNames, call)][IndexIn(kStatuses, status)]);
}

}  // namespace runtime::agent
