// What became of a program, in words.

#pragma once

#include <string>

namespace runtime::launch {

// `status` as wait(2) returns it: "exited with 3", "killed by SIGKILL", "killed by SIGSEGV (core
// dumped)". SIGSYS says that a seccomp filter killed a system call, and where its name is logged.
std::string DescribeExit(int status);

// "SIGKILL"; a real-time or unknown signal by its number: "signal 40".
std::string SignalName(int signal);

}  // namespace runtime::launch
