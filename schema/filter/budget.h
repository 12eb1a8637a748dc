// What a proof may spend: programs and profiles from anybody can need more time than there is.

#pragma once

#include <cstddef>

namespace schema::filter {

struct Budget {
  std::size_t paths = 250'000;  // libseccomp's longest programs have some thousands
  // Instructions, and looks at a comparison by policy::FindValues(): some tenths of a second in
  // all.
  std::size_t steps = 50'000'000;
};

}  // namespace schema::filter
