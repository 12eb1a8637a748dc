// Which calls come to each instruction of a program: what a person wants to know who reads it.

#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "schema/filter/interval_set.h"

namespace schema::filter {

// A word of seccomp_data, ANDed with a mask.
struct Loaded {
  std::uint32_t word = 0;
  std::uint32_t mask = ~std::uint32_t{0};

  friend bool operator==(const Loaded&, const Loaded&) = default;
};

struct Reach {
  // By audit token of a known architecture, 0 for all others: the numbers, arguments free. What
  // nothing comes to has none.
  std::map<std::uint32_t, IntervalSet> calls;
  // What A holds before the instruction; std::nullopt: something else, or it depends on the way.
  std::optional<Loaded> loaded;
};

// One for each instruction. CheckProgram() has accepted the program.
std::vector<Reach> FindReach(std::span<const sock_filter> program);

}  // namespace schema::filter
