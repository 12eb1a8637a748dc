// Which system calls there are: the one place that parts of the core ask. The implementation behind
// it is filter::LibseccompSyscalls(), the table of the libseccomp that this program runs with.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schema/kernel/architecture.h"

namespace schema::kernel {

class SyscallTable {
 public:
  virtual ~SyscallTable() = default;

  // The number of the call `name` on `architecture`, x32's with kX32Bit; std::nullopt where the
  // architecture does not have it as a call of its own.
  virtual std::optional<std::uint32_t> Number(Architecture architecture,
                                              std::string_view name) const = 0;

  // The name of a number, empty where there is none.
  virtual std::string_view Name(Architecture architecture, std::uint32_t number) const = 0;

  // Whether the table has the name on any architecture.
  virtual bool Knows(std::string_view name) const = 0;

  // Every name that some architecture has, for suggestions.
  virtual std::span<const std::string_view> Names() const = 0;

  // "libseccomp 2.5.4": what to call the table in a message.
  virtual std::string Source() const = 0;
};

}  // namespace schema::kernel
