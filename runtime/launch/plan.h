// Plan: a Spec made flat, for the child. Included by child.cc: C headers only, no member that
// allocates. Whatever the pointers point to outlives the clone: see prepare.h.

#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/launch/step.h"

namespace runtime::launch {

// What the child writes into the pipe when a step fails. A pipe takes it whole or not at all
// (PIPE_BUF, pipe(7)).
struct Report {
  Step step;
  uint16_t detail;
  int32_t error;  // errno
};
static_assert(sizeof(Report) == 8);

struct Plan {
  uint64_t clone_flags;  // CLONE_NEW*
  // Both ends of the report's pipe, 3 or higher, close-on-exec.
  int report_write;
  int report_read;
  int stdio[3];  // 3 or higher: none overwrites another while they are put in place

  bool mount_namespace;
  bool mount_proc;
  const char* rootfs;             // null: none
  const char* working_directory;  // null: where we are

  bool limit_capabilities;
  uint64_t bounding;  // bit n: capability n
  uint64_t ambient;   // a subset of `bounding`

  bool change_user;
  uid_t uid;
  gid_t gid;
  const gid_t* groups;
  size_t group_count;

  bool no_new_privs;
  int parent_death_signal;  // 0: none

  sock_fprog filter;  // len 0: none
  uint32_t filter_flags;

  // For execve, each list ended by a null; `candidates` are tried in order.
  const char* const* candidates;
  const char* const* argv;
  const char* const* environment;
};

// Index Report::detail of kDeviceNode.
inline constexpr const char* kDevNodeNames[] = {"null", "zero", "full",  "random", "urandom",
                                                "tty",  "fd",   "stdin", "stdout", "stderr"};

// Clones with all signals blocked; the child applies `plan` and never returns. To the parent:
// the pid, and a close-on-exec pidfd in `*pidfd`; or -errno, ENOSYS where the kernel has no pidfds.
pid_t CloneChild(const Plan& plan, int* pidfd);

}  // namespace runtime::launch
