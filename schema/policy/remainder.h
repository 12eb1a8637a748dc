// Arguments that meet a conjunction and no clause of a list, found exactly within a bound: what is
// left for the default verdict.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "schema/policy/policy.h"
#include "schema/policy/satisfy.h"

namespace schema::policy {

// How much searching is allowed, in the steps of FindValues(). The search is exponential in what a
// hostile profile can write, so that it must be able to give up; once `exhausted`, no answer of a
// search counts any more.
class Effort {
 public:
  explicit Effort(std::size_t steps) : left_(steps) {}

  bool exhausted() const { return exhausted_; }
  void Exhaust() { exhausted_ = true; }
  // False once too few are left.
  bool Spend(std::size_t steps);
  std::size_t& steps() { return left_; }

 private:
  std::size_t left_;
  bool exhausted_ = false;
};

// As FindArguments(); std::nullopt too where `effort` is exhausted.
std::optional<Arguments> FindWithin(std::span<const Comparison> comparisons, unsigned argument_bits,
                                    Effort& effort);

// The conditions as comparisons, behind those that `comparisons` has.
void AddConditions(const Clause& clause, std::vector<Comparison>& comparisons);

// Arguments with all of `given` that match no clause; std::nullopt where there are none, or where
// `effort` is exhausted. Starts from the least arguments with `given` and negates only clauses that
// the arguments in hand match: the many that are about other values cost nothing.
std::optional<Arguments> FindOutside(std::vector<Comparison> given,
                                     std::span<const Clause* const> clauses, unsigned argument_bits,
                                     Effort& effort);

}  // namespace schema::policy
