// Numbers as people write masks, addresses and tokens.

#pragma once

#include <cstdint>
#include <string>

namespace schema {

// "0x10000".
std::string Hex(std::uint64_t value);

}  // namespace schema
