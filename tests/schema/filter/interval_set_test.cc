#include "schema/filter/interval_set.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace schema::filter {
namespace {

std::string Text(const IntervalSet& set) {
  std::string text;
  for (const Interval& interval : set.intervals()) {
    text += std::to_string(interval.first) + "-" + std::to_string(interval.last) + " ";
  }
  return text;
}

std::string Without(const IntervalSet& set, const std::vector<std::uint32_t>& values) {
  return Text(set.Without(values));
}

TEST(IntervalSet, WithoutValues) {
  const IntervalSet set({{2, 4}, {6, 6}, {8, 10}});
  EXPECT_EQ(Without(set, {}), "2-4 6-6 8-10 ");
  EXPECT_EQ(Without(set, {0, 1, 5, 7, 11}), "2-4 6-6 8-10 ");
  EXPECT_EQ(Without(set, {2, 6, 10}), "3-4 8-9 ");
  EXPECT_EQ(Without(set, {3, 4, 9}), "2-2 6-6 8-8 10-10 ");
  EXPECT_EQ(Without(set, {2, 3, 4, 6, 8, 9, 10}), "");
  EXPECT_EQ(Without(set, {3, 3}), "2-2 4-4 6-6 8-10 ");
  EXPECT_EQ(Without(IntervalSet::All(), {0, UINT32_MAX}), "1-4294967294 ");
}

TEST(IntervalSet, WithoutValuesIsWithoutEach) {
  for (unsigned in = 0; in < 1U << 6U; ++in) {
    IntervalSet::Intervals intervals;
    for (unsigned i = 0; i < 6; ++i) {
      if ((in >> i & 1U) != 0) intervals.push_back({2 * i, 2 * i + i % 2});
    }
    for (unsigned out = 0; out < 1U << 12U; ++out) {
      std::vector<std::uint32_t> values;
      IntervalSet one_by_one(intervals);
      for (unsigned i = 0; i < 12; ++i) {
        if ((out >> i & 1U) == 0) continue;
        values.push_back(i);
        one_by_one = one_by_one.Without(i, i);
      }
      ASSERT_EQ(Without(IntervalSet(intervals), values), Text(one_by_one)) << in << " " << out;
    }
  }
}

}  // namespace
}  // namespace schema::filter
