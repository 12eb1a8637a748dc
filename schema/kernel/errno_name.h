// Errno names, as Podman's profiles write them in `errno` and `defaultErrno`.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace schema::kernel {

// "EPERM" -> 1. The numbers of asm-generic/errno.h, which Go's and the engines' tables hold on
// every architecture that containers run on.
std::optional<std::uint16_t> ParseErrno(std::string_view name);

// 1 -> "EPERM", 4000 -> "4000".
std::string ErrnoText(std::uint16_t number);

}  // namespace schema::kernel
