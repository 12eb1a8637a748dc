// What became of a program, in words.

#pragma once

#include <string>

namespace runtime::launch {

// `status` as wait(2) returns it: "exited with 3", "killed by SIGKILL", "killed by SIGSEGV (core
// dumped)".
std::string DescribeExit(int status);

// The same of a program that had a filter. SIGSYS says that this killed a system call, and where
// its name is logged; a shell's status for it, that this may have been so.
std::string DescribeFilteredExit(int status);

// "SIGKILL"; a real-time or unknown signal by its number: "signal 40".
std::string SignalName(int signal);

}  // namespace runtime::launch
