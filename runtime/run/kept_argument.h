// Which argument of a call a recorded profile keeps: the one that says what the call is for, where
// it lies in a register and takes few values.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/kernel/architecture.h"

namespace runtime::run {

struct KeptArgument {
  std::uint8_t index = 0;  // 0..5
  std::uint64_t mask = 0;  // the bits that count, all of which the kernel reads
};

// std::nullopt: the call is recorded whatever its arguments.
std::optional<KeptArgument> KeptArgumentOf(schema::kernel::Architecture architecture,
                                           std::string_view call);

}  // namespace runtime::run
