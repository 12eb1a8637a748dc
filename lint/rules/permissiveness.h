// Which of two actions lets more through.

#pragma once

#include "schema/kernel/action.h"

namespace lint::rules {

// Whether the call may be carried out: ALLOW, LOG, and NOTIFY and TRACE, where another process
// decides.
bool MayPass(schema::kernel::Action action);

// Whether the caller may not live on to see a result: KILL_*, TRAP.
bool Kills(schema::kernel::Action action);

// From 0, the strictest, upwards: the order in which the kernel prefers the actions of several
// filters (seccomp(2)).
int Permissiveness(schema::kernel::Action action);

// Whether a call loses something when it gets `verdict` instead of `otherwise`.
inline bool Restricts(schema::kernel::Verdict verdict, schema::kernel::Verdict otherwise) {
  return Permissiveness(verdict.action) < Permissiveness(otherwise.action);
}

}  // namespace lint::rules
