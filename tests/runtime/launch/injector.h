// System calls that fail as told, in a process and all its descendants, whatever they are: without
// a line of test code in what is tried.
//
// The process loads a seccomp filter that asks a supervisor about every call: the kernel makes it
// wait until we say "go on", or which error it gets. Source: seccomp_unotify(2).

#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace runtime::launch {

// One call of one process gets `error` and is not made; or, where that is 0, it is made when
// `meanwhile` has run, or else when the body has been killed.
struct Fault {
  std::size_t process = 0;  // in the order of their first calls: 0 is the one that runs the body
  std::size_t call = 0;     // of that process; a later one where this is not
  long number = 0;          // this, for allocators make calls that are not in every run
  int error = 0;            // errno
  std::function<void()> meanwhile = nullptr;
};

// What the body has to say; in memory that both sides see, so that it takes no system call.
struct Stage {
  std::atomic<int> listener;   // the supervisor's descriptor, in the body's process
  std::atomic<bool> is_armed;  // set by the body: its own calls count while this is true
  bool threw;                  // no memory: the C++ library's way to say so
  bool launched;
  bool ended;  // the program was launched, and its end was told
  int step;
  int system_errno;
  int descriptors_left;    // more than before
  int children_left;       // that the body must reap, grandchildren too
  char message[1024];      // of the error
  char output[32 * 1024];  // of the program
};

struct Trace {
  // The numbers of the calls, by process: of the body while it is armed, of others up to a
  // successful start of execve(2).
  std::vector<std::vector<long>> calls;
  bool hung = false;      // it did not end in time, and was killed
  bool left = false;      // it ended, and a descendant of it did not
  bool was_made = false;  // the fault
  pid_t body = -1;
};

// Runs `body` in a forked process, the child subreaper (prctl(2)) of all that it starts.
Trace Inject(const std::optional<Fault>& fault, Stage& stage, const std::function<void()>& body);

// Zeroed, shared with forked processes, never freed.
Stage& NewStage();

// "openat"; the number, where this kernel's headers and we know no name.
std::string CallName(long number);

}  // namespace runtime::launch
