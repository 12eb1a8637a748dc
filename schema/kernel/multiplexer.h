// socketcall(2) and ipc(2): one call that stands for many, its first argument naming which.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/kernel/architecture.h"

namespace schema::kernel {

struct Multiplexed {
  std::string_view multiplexer;  // "socketcall" or "ipc"
  std::uint32_t call;            // the first argument that means the call
};

// How `name` is reached through a multiplexer on `architecture`; std::nullopt where it is not.
std::optional<Multiplexed> FindMultiplexed(Architecture architecture, std::string_view name);

}  // namespace schema::kernel
