// FindArguments() and FindValues() against Z3's theory of bit vectors: the same answer, whether
// some arguments meet the conditions, on random sets of them around the same few values.

#include <gtest/gtest.h>
#include <z3.h>

#include <array>
#include <chrono>
#include <iostream>
#include <random>
#include <vector>

#include "schema/policy/condition.h"
#include "schema/policy/satisfy.h"
#include "tests/schema/policy/holds.h"

namespace schema::policy {
namespace {

using kernel::Operator;

// Z3 takes a hundred times as long where it shares a process with the sanitizers' checks.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSets = 4000;
#else
constexpr int kSets = 100000;
#endif

constexpr std::size_t kVariables = 2;

// One context and solver for all sets.
class Solver {
 public:
  Solver() : context_(MakeContext()), solver_(Z3_mk_solver_for_logic(context_, Logic())) {
    Z3_solver_inc_ref(context_, solver_);
    sort_ = Z3_mk_bv_sort(context_, 64);
    for (std::size_t i = 0; i < kVariables; ++i) {
      variables_[i] = Z3_mk_const(context_, Z3_mk_int_symbol(context_, static_cast<int>(i)), sort_);
    }
  }
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  ~Solver() {
    Z3_solver_dec_ref(context_, solver_);
    Z3_del_context(context_);
  }

  bool IsSatisfiable(const std::vector<Comparison>& comparisons, unsigned bits) {
    Z3_solver_push(context_, solver_);
    for (Z3_ast variable : variables_) {
      if (bits < 64) Assert(Z3_mk_bvult(context_, variable, Number(std::uint64_t{1} << bits)));
    }
    for (const Comparison& comparison : comparisons) Assert(Term(comparison));
    const Z3_lbool answer = Z3_solver_check(context_, solver_);
    Z3_solver_pop(context_, solver_, 1);
    EXPECT_NE(answer, Z3_L_UNDEF);
    return answer == Z3_L_TRUE;
  }

 private:
  static Z3_context MakeContext() {
    Z3_config config = Z3_mk_config();
    Z3_context context = Z3_mk_context(config);
    Z3_del_config(config);
    return context;
  }

  Z3_symbol Logic() { return Z3_mk_string_symbol(context_, "QF_BV"); }

  void Assert(Z3_ast term) { Z3_solver_assert(context_, solver_, term); }

  Z3_ast Number(std::uint64_t value) { return Z3_mk_unsigned_int64(context_, value, sort_); }

  Z3_ast Term(const Comparison& comparison) {
    Z3_ast left = Z3_mk_bvand(context_, variables_[comparison.variable], Number(comparison.mask));
    Z3_ast right = Number(comparison.value);
    switch (comparison.relation) {
      case Relation::kEqual:
        return Z3_mk_eq(context_, left, right);
      case Relation::kNotEqual:
        return Z3_mk_not(context_, Z3_mk_eq(context_, left, right));
      case Relation::kLess:
        return Z3_mk_bvult(context_, left, right);
      case Relation::kLessOrEqual:
        return Z3_mk_bvule(context_, left, right);
      case Relation::kGreater:
        return Z3_mk_bvugt(context_, left, right);
      case Relation::kGreaterOrEqual:
        return Z3_mk_bvuge(context_, left, right);
    }
    return left;
  }

  Z3_context context_;
  Z3_solver solver_;
  Z3_sort sort_;
  std::array<Z3_ast, kVariables> variables_{};
};

// Values near each other, near the borders of the words and near nothing.
class Generator {
 public:
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

  void NewSet() { base_ = kBases[Below(kBases.size())]; }

  std::uint64_t Value() {
    switch (Below(5)) {
      case 0:
        return kBases[Below(kBases.size())] + Below(5) - 2;
      case 1:
        return random_();
      default:
        return base_ + Below(5) - 2;
    }
  }

  std::uint64_t Mask() {
    switch (Below(4)) {
      case 0:
        return ~std::uint64_t{0} << Below(64);
      case 1:
        return (std::uint64_t{1} << Below(64)) | (std::uint64_t{1} << Below(64)) | Below(16);
      case 2:
        return random_() & random_();
      default:
        return ~std::uint64_t{0} >> Below(64);
    }
  }

 private:
  static constexpr std::array<std::uint64_t, 8> kBases = {
      0, 4, 4096, 0x7FFFFFFF, 0x100000000, 0x500000000, 0x7FFFFFFFFFFFFFFF, UINT64_MAX - 1};
  std::mt19937_64 random_{1};
  std::uint64_t base_ = 0;
};

Condition RandomCondition(Generator& generator) {
  Condition condition;
  condition.arg_index = static_cast<std::uint8_t>(generator.Below(kVariables));
  condition.op = static_cast<Operator>(generator.Below(7));
  condition.value = generator.Value();
  if (condition.op == Operator::kMaskedEqual) {
    condition.mask = generator.Mask();
    if (generator.Below(8) != 0) condition.value &= condition.mask;
  }
  return condition;
}

Comparison RandomComparison(Generator& generator) {
  Comparison comparison;
  comparison.variable = static_cast<std::uint8_t>(generator.Below(kVariables));
  comparison.relation = static_cast<Relation>(generator.Below(6));
  comparison.mask = generator.Below(3) == 0 ? ~std::uint64_t{0} : generator.Mask();
  comparison.value = generator.Value();
  if (generator.Below(2) != 0) comparison.value &= comparison.mask;
  return comparison;
}

struct Counts {
  int satisfiable = 0;
  std::chrono::nanoseconds ours{};
  std::chrono::nanoseconds z3{};
};

void Print(int sets, const Counts& counts) {
  constexpr double kSecond = 1e9;
  std::cout << sets << " sets, " << counts.satisfiable << " satisfiable; "
            << static_cast<double>(counts.ours.count()) / kSecond << " s, Z3 "
            << static_cast<double>(counts.z3.count()) / kSecond << " s\n";
  EXPECT_GT(counts.satisfiable, sets / 10);
  EXPECT_LT(counts.satisfiable, sets * 9 / 10);
}

using Clock = std::chrono::steady_clock;

// What rules say: all operators, of which MASKED_EQ alone has a mask.
TEST(Z3, AgreesOnConditions) {
  Solver solver;
  Generator generator;
  Counts counts;
  for (int set = 0; set < kSets; ++set) {
    generator.NewSet();
    const unsigned bits = set % 2 == 0 ? 64 : 32;
    std::vector<Condition> conditions(1 + generator.Below(6));
    std::vector<Comparison> comparisons;
    for (Condition& condition : conditions) {
      condition = RandomCondition(generator);
      comparisons.push_back(ToComparison(condition));
    }
    const auto start = Clock::now();
    const auto found = FindArguments(conditions, bits);
    const auto middle = Clock::now();
    ASSERT_EQ(found.has_value(), solver.IsSatisfiable(comparisons, bits)) << "set " << set;
    counts.ours += middle - start;
    counts.z3 += Clock::now() - middle;
    if (!found) continue;
    ++counts.satisfiable;
    for (const Condition& condition : conditions) {
      ASSERT_TRUE(Matches(condition, *found)) << "set " << set << ": " << ToString(condition);
    }
  }
  Print(kSets, counts);
}

// What the branches of a program say: every relation under every mask.
TEST(Z3, AgreesOnComparisons) {
  Solver solver;
  Generator generator;
  Counts counts;
  for (int set = 0; set < kSets / 4; ++set) {
    generator.NewSet();
    const unsigned bits = set % 2 == 0 ? 64 : 32;
    std::vector<Comparison> comparisons;
    const std::uint64_t count = 1 + generator.Below(8);
    while (comparisons.size() < count) comparisons.push_back(RandomComparison(generator));
    const auto start = Clock::now();
    const auto found = FindValues(comparisons, kVariables, bits);
    const auto middle = Clock::now();
    ASSERT_EQ(found.has_value(), solver.IsSatisfiable(comparisons, bits)) << "set " << set;
    counts.ours += middle - start;
    counts.z3 += Clock::now() - middle;
    if (!found) continue;
    ++counts.satisfiable;
    for (const Comparison& comparison : comparisons) {
      ASSERT_TRUE(Holds(comparison, found->at(comparison.variable))) << "set " << set;
    }
  }
  Print(kSets / 4, counts);
}

}  // namespace
}  // namespace schema::policy
