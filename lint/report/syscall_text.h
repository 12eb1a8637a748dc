// What the tables say about a system call, in words: for `seccomp-lint syscalls` and for editors.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/kernel/architecture.h"
#include "schema/kernel/syscall.h"

namespace lint::report {

// "int", "pointer", ..., an argument each; empty where they are not known.
std::vector<std::string_view> ArgumentTypes(const schema::kernel::Syscall& syscall);

// "mount(pointer, pointer, pointer, long, pointer)"; the name alone where no more is known.
std::string Signature(const schema::kernel::Syscall& syscall);

// The capabilities of which one is needed.
std::vector<std::string_view> Gates(const schema::kernel::Syscall& syscall);

// "CAP_BPF (since 5.8) or CAP_SYS_ADMIN"; empty: none is needed.
std::string GatesText(const schema::kernel::Syscall& syscall);

// "since Linux 5.9", or that no Linux with filters serves it.
std::string SinceText(const schema::kernel::Syscall& syscall);

// "since 4.3", "since 2.0   removed in 5.5", in columns; a number that was given when the call was
// no more is "never served".
std::string Times(const schema::kernel::SyscallEntry& entry);

// "socketcall(3, ...)", where the call is reached so; empty where it is not.
std::string MultiplexedWay(schema::kernel::Architecture architecture, std::string_view name);

// All of it, a line each.
std::string SyscallText(const schema::kernel::Syscall& syscall);

// `text` and spaces up to `width`.
std::string Padded(std::string text, std::size_t width);

std::string Joined(const std::vector<std::string_view>& words, std::string_view separator);

}  // namespace lint::report
