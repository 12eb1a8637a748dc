// A set of 32-bit numbers as intervals: what a path has learnt of the architecture or the call's
// number.

#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace schema::filter {

struct Interval {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // inclusive
};

class IntervalSet {
 public:
  using Intervals = std::vector<Interval>;

  static IntervalSet All() { return IntervalSet({{0, UINT32_MAX}}); }
  explicit IntervalSet(Intervals intervals) : intervals_(std::move(intervals)) {}

  bool empty() const { return intervals_.empty(); }
  std::uint32_t least() const { return intervals_.front().first; }
  const Intervals& intervals() const { return intervals_; }

  // The part within [first, last], and the part without it.
  IntervalSet Within(std::uint32_t first, std::uint32_t last) const {
    Intervals kept;
    for (const Interval& interval : intervals_) {
      const std::uint32_t low = interval.first > first ? interval.first : first;
      const std::uint32_t high = interval.last < last ? interval.last : last;
      if (low <= high) kept.push_back({low, high});
    }
    return IntervalSet(std::move(kept));
  }

  IntervalSet Without(std::uint32_t first, std::uint32_t last) const {
    Intervals kept;
    for (const Interval& interval : intervals_) {
      if (interval.last < first || interval.first > last) {
        kept.push_back(interval);
        continue;
      }
      if (interval.first < first) kept.push_back({interval.first, first - 1});
      if (interval.last > last) kept.push_back({last + 1, interval.last});
    }
    return IntervalSet(std::move(kept));
  }

  // The part without any of `values`, which ascend.
  IntervalSet Without(std::span<const std::uint32_t> values) const {
    Intervals kept;
    auto value = values.begin();
    for (Interval rest : intervals_) {
      bool whole = false;  // `rest` is used up
      while (value != values.end() && *value < rest.first) ++value;
      for (; !whole && value != values.end() && *value <= rest.last; ++value) {
        if (rest.first < *value) kept.push_back({rest.first, *value - 1});
        whole = *value == rest.last;
        rest.first = *value + (whole ? 0 : 1);
      }
      if (!whole) kept.push_back(rest);
    }
    return IntervalSet(std::move(kept));
  }

 private:
  Intervals intervals_;  // ascending, apart
};

}  // namespace schema::filter
