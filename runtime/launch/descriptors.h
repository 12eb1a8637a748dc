// Which file descriptors survive execve, and how one goes from process to process.

#pragma once

#include <sys/types.h>

#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::launch {

using schema::Descriptor;

// Marks every open descriptor from 3 up close-on-exec, so that what a careless parent left open
// does not reach the programs that we start. For the start of main(), before any thread.
// Errors: kSystem, close_range(2) is missing (Linux before 5.11) and /proc/self/fd unreadable.
// Source: close_range(2), CLOSE_RANGE_CLOEXEC.
schema::Status MarkInheritedCloseOnExec();

// Puts /dev/null in place of each of descriptors 0, 1 and 2 that is closed: else the next file that
// is opened takes its place, and is read or written as a standard stream. For the start of main(),
// before all else. Errors: kSystem.
schema::Status FillStandardStreams();

struct ReceivedDescriptor {
  Descriptor descriptor;  // close-on-exec; -1: the other end has been closed, or sent none
  pid_t sender = -1;      // in our pid namespace; -1: SO_PASSCRED is not set
  int error = 0;          // errno of recvmsg(2); EMFILE where the kernel left the descriptor out
};

// One that SendDescriptor() of child.h has sent; waits for it. Source: unix(7), SCM_RIGHTS and
// SCM_CREDENTIALS.
ReceivedDescriptor ReceiveDescriptor(int socket);

}  // namespace runtime::launch
