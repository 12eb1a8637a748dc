#include "schema/policy/condition.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace schema::policy {
namespace {

using kernel::Operator;

constexpr std::uint64_t kAll = ~std::uint64_t{0};

Condition On0(Operator op, std::uint64_t value, std::uint64_t mask = kAll) {
  return {0, op, value, mask};
}

TEST(Matches, ComparesUnsigned) {
  EXPECT_TRUE(Matches(On0(Operator::kGreater, 5), {kAll}));
  EXPECT_FALSE(Matches(On0(Operator::kLess, 5), {kAll}));
  EXPECT_TRUE(Matches(On0(Operator::kMaskedEqual, 0x10, 0xF0), {0xFFFFFF1F}));
  EXPECT_TRUE(Matches({3, Operator::kNotEqual, 0, kAll}, {0, 0, 0, 1}));
}

TEST(ConstancyOf, KnowsTheEnds) {
  EXPECT_EQ(ConstancyOf(On0(Operator::kLess, 0), 64), Constancy::kNever);
  EXPECT_EQ(ConstancyOf(On0(Operator::kGreaterOrEqual, 0), 64), Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kGreater, kAll), 64), Constancy::kNever);
  EXPECT_EQ(ConstancyOf(On0(Operator::kLessOrEqual, kAll), 64), Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kMaskedEqual, 2, 1), 64), Constancy::kNever);
  EXPECT_EQ(ConstancyOf(On0(Operator::kMaskedEqual, 0, 0), 64), Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kEqual, 5), 64), Constancy::kVaries);
}

TEST(ConstancyOf, ValuesBeyondA32BitArgument) {
  const std::uint64_t wide = std::uint64_t{1} << 32U;
  EXPECT_EQ(ConstancyOf(On0(Operator::kEqual, wide), 32), Constancy::kNever);
  EXPECT_EQ(ConstancyOf(On0(Operator::kNotEqual, wide), 32), Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kLess, wide), 32), Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kGreaterOrEqual, wide), 32), Constancy::kNever);
  EXPECT_EQ(ConstancyOf(On0(Operator::kMaskedEqual, 0, ~std::uint64_t{0xFFFFFFFF}), 32),
            Constancy::kAlways);
  EXPECT_EQ(ConstancyOf(On0(Operator::kEqual, wide), 64), Constancy::kVaries);
}

TEST(FindArguments, GivesTheLeastOnes) {
  const std::vector conditions = {On0(Operator::kGreater, 0x0F), On0(Operator::kNotEqual, 0x14),
                                  On0(Operator::kMaskedEqual, 4, 0x0F)};
  EXPECT_EQ(FindArguments(conditions, 64)->at(0), 0x24U);
  EXPECT_EQ(FindArguments({}, 64), Arguments{});
}

TEST(FindArguments, SeesContradictions) {
  EXPECT_FALSE(FindArguments(std::vector{On0(Operator::kEqual, 1), On0(Operator::kEqual, 2)}, 64));
  EXPECT_FALSE(FindArguments(
      std::vector{On0(Operator::kMaskedEqual, 1, 3), On0(Operator::kMaskedEqual, 2, 2)}, 64));
  EXPECT_FALSE(FindArguments(std::vector{On0(Operator::kGreater, 0xFFFFFFFF)}, 32));
  EXPECT_FALSE(FindArguments(std::vector{On0(Operator::kLess, 2), On0(Operator::kNotEqual, 0),
                                         On0(Operator::kNotEqual, 1)},
                             64));
}

// Against every value, on an argument of 8 bits.
TEST(FindArguments, AgreesWithBruteForce) {
  constexpr unsigned kBits = 8;
  std::mt19937 random(1);
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random()) % bound;
  };
  std::size_t satisfiable = 0;
  for (int round = 0; round < 50000; ++round) {
    std::vector<Condition> conditions(1 + below(4));
    for (Condition& condition : conditions) {
      condition = On0(static_cast<Operator>(below(7)), below(260));
      if (condition.op == Operator::kMaskedEqual) condition.mask = below(256);
    }
    std::optional<std::uint64_t> least;
    for (std::uint64_t value = 0; value < (1U << kBits) && !least; ++value) {
      bool all = true;
      for (const Condition& condition : conditions) all = all && Matches(condition, {value});
      if (all) least = value;
    }
    const auto found = FindArguments(conditions, kBits);
    ASSERT_EQ(found.has_value(), least.has_value()) << "round " << round;
    if (found) {
      ASSERT_EQ(found->at(0), *least) << "round " << round;
      ++satisfiable;
    }
  }
  EXPECT_GT(satisfiable, 5000U);
}

// Formulas of Boolean logic, as hostile rules can write them: decided, or said to be too hard.
TEST(FindValues, EndsOnHostileMasks) {
  std::mt19937_64 random(1);
  for (const unsigned width : {2U, 3U, 4U, 5U, 8U}) {
    for (const int count : {50, 270, 1000, 3000}) {
      std::vector<Comparison> comparisons;
      for (int i = 0; i < count; ++i) {
        std::uint64_t mask = 0;
        for (unsigned j = 0; j < width; ++j) mask |= std::uint64_t{1} << (random() % 64);
        comparisons.push_back({0, Relation::kNotEqual, mask, random() & mask});
      }
      constexpr std::size_t kSteps = 5'000'000;
      std::size_t steps = kSteps;
      const auto found = FindValues(comparisons, 1, 64, steps);
      EXPECT_LE(steps, kSteps);
      if (!found) {
        EXPECT_EQ(found.error().code, ErrorCode::kLimit);
        continue;
      }
      if (!*found) continue;
      for (const Comparison& comparison : comparisons) {
        EXPECT_NE((*found)->front() & comparison.mask, comparison.value);
      }
    }
  }
}

// A rule's conditions cannot: points out of a range under one mask.
TEST(FindArguments, IsFastOnManyConditions) {
  std::vector<Condition> conditions = {On0(Operator::kMaskedEqual, 0, 0x5555555555555555),
                                       On0(Operator::kMaskedEqual, 0, 0xF000000000000000),
                                       On0(Operator::kGreater, 100),
                                       On0(Operator::kLess, kAll / 3)};
  for (std::uint64_t value = 0; value < 3000; ++value) {
    conditions.push_back(On0(Operator::kNotEqual, value));
  }
  EXPECT_EQ(FindArguments(conditions, 64)->at(0), 0x2000U);
}

TEST(ToString, IsReadable) {
  EXPECT_EQ(ToString(On0(Operator::kMaskedEqual, 0, 0x7E020000)), "arg0 & 0x7e020000 == 0");
  EXPECT_EQ(ToString({1, Operator::kGreaterOrEqual, 40, kAll}), "arg1 >= 40");
}

}  // namespace
}  // namespace schema::policy
