// Waits for a program and passes on the signals that were meant for it.

#pragma once

#include "runtime/launch/launch.h"
#include "runtime/run/terminal.h"
#include "schema/error.h"

namespace runtime::run {

// Blocks the signals that Supervise takes and forwards: all that can be caught but those for faults
// of our own (SEGV and the like, PIPE), CHLD, and TSTP, TTIN and TTOU, which stop us. With a
// terminal WINCH and CONT are for us. Before the launch, so that none is lost.
schema::Status BlockForwardedSignals();
// When there is no program any more: they are for us.
void UnblockForwardedSignals();

struct Ending {
  int status = 0;  // of wait(2)
  // The signal that was passed on and ended the program, in whose place it got SIGKILL; 0: none.
  int replaced_signal = 0;
};

// Returns when `process` has ended, and reaps it. `is_init`: it is process 1 of its namespace, to
// which the kernel passes no signal that it has no handler for, so that Ctrl-C would do nothing: it
// then gets SIGKILL, which ends it as the signal would have ended any other program. `terminal`:
// the container's, if it has one, which is served meanwhile, to the last byte that it printed; but
// a reader that takes nothing is waited for no longer when a signal comes, nor, for more than a
// second, when one has asked the program to end.
// Errors: kSystem. Source: pid_namespaces(7), "The namespace init process"; signalfd(2).
schema::Result<Ending> Supervise(const launch::Process& process, bool is_init,
                                 RawTerminal* terminal);

}  // namespace runtime::run
