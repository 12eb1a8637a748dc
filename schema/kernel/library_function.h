// Functions of the C library that people take for system calls.

#pragma once

#include <span>
#include <string_view>

namespace schema::kernel {

struct LibraryFunction {
  std::string_view name;
  std::string_view calls;  // what it makes of itself: "execve", "clone and clone3"
};

// nullptr: not a function that is known here. A name that is also a system call's is not.
const LibraryFunction* FindLibraryFunction(std::string_view name);
std::span<const LibraryFunction> LibraryFunctions();  // by name

}  // namespace schema::kernel
