// Attempts to get out of a container, each with what must stop it: for the program `attempts`,
// which makes them from inside.

#pragma once

#include <cerrno>
#include <csignal>

// Of one attempt: 0, it has got out; an errno; or minus the signal that it was killed by.
using Outcome = int;

inline constexpr Outcome kBySegv = -SIGSEGV;

// One of these must come of it. Several where kernels differ.
struct Expected {
  Expected(Outcome only) : outcomes{only, only, only} {}  // NOLINT: a table's entry
  Expected(Outcome first, Outcome second) : outcomes{first, second, second} {}
  Expected(Outcome first, Outcome second, Outcome third) : outcomes{first, second, third} {}
  bool Has(Outcome outcome) const {
    return outcome == outcomes[0] || outcome == outcomes[1] || outcome == outcomes[2];
  }

  Outcome outcomes[3];
};

struct Attempt {
  const char* name;
  Outcome (*make)();  // in a process of its own
  Expected as_root;   // with Docker's capabilities
  Expected as_user;   // with none
  const char* reason;
};

struct Attempts {
  const Attempt* first;
  int count;
};

Attempts AgainstTheProfile();    // profile_attempts.cc
Attempts AgainstTheIsolation();  // isolation_attempts.cc
Attempts AgainstInit();          // likewise: process 1, which must not be the program itself

// Of the host, told by the test: none of it must be found.
struct Host {
  const char* file;             // a file's path
  const char* socket;           // that of the agent's, or another's, that listens
  const char* abstract_socket;  // the name of one that listens, without the zero byte
  int pid;                      // a process's
  int shared_memory;            // shmget(2)'s number
};
extern Host host;

// The descriptor by which the outcome is told.
extern int told_to;

inline Outcome OutcomeOf(long result) { return result < 0 ? errno : 0; }
