// Plan: a Spec made flat, for the starter. Included by starter/child.h: C headers only, no member
// that allocates. What the pointers point to is copied into the starter's file: see
// starter_file.cc.

#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/launch/step.h"

namespace runtime::launch {

// What the child writes into the report pipe, until all that hold its end have executed, ended or
// closed it. A pipe takes a report whole or not at all (PIPE_BUF, pipe(7)). What they mean
// together: outcome.h.
struct Report {
  Step step;
  uint16_t detail;
  int32_t value;  // errno, where a step failed; see step.h for the others
};
static_assert(sizeof(Report) == 8);

// Bytes that the line of an ending may have: it is made room for before the clone.
inline constexpr size_t kEndingRoom = 64;

// What an ending begins with whose program was never executed; and one that is unfinished, until
// just before its container is cloned.
inline constexpr char kNeverBegun[] = "never begun: ";

// Of a status of wait(2) that init tells: the program was never executed.
inline constexpr int kNeverBegunBit = 1 << 30;

// A filter that comes after the clone, into the stream Plan::filter_read: this, then the
// instructions.
struct FilterHeader {
  uint32_t length;  // 1 to BPF_MAXINSNS
  uint32_t flags;   // SECCOMP_FILTER_FLAG_*
};

// A resource limit: setrlimit(2). RLIM64_INFINITY: none.
struct Limit {
  int64_t resource;  // RLIMIT_*; as long as the others, so that no byte between them goes unset
  uint64_t soft;
  uint64_t hard;
};

struct Plan {
  // What the processes that the starter becomes are called until they execute the program: comm of
  // proc(5), no other program's. See outcome.cc.
  char name[16];

  // The launcher's sets of capabilities, which the execve of the starter would change.
  uint64_t held_permitted;
  uint64_t held_inheritable;
  uint64_t held_ambient;
  bool raise_capabilities;  // into the ambient set, without which that execve would take them all

  bool pid_namespace;  // by the clone
  int new_namespaces;  // the other ones, CLONE_NEW*: by the child, while the launcher goes on
  int report_write;    // of the report's pipe; 3 or higher, as all descriptors here
  int filter_read;     // -1: `filter` is all there is
  int end_write;       // where init writes the status of wait(2), an int; -1: nowhere
  int end_read;        // the same pipe, for the monitor
  int stdio[3];        // 3 or higher: none overwrites another while they are put in place
  int cgroup;          // a folder of cgroup v2 to be born in; -1: the launcher's

  bool init;  // process 1 is ours, and the parent of the program

  // Bit i: descriptor i is a terminal of the container's own. 0: it has none.
  unsigned terminal_streams;
  int terminal_socket;  // to which the other end of that is sent; -1: no terminal

  int listener_socket;  // to which the filter's listener is sent; -1: there can be none

  bool monitor;       // the container's parent is ours, too
  int word_read;      // a byte: kill the container; the end: the launcher needs it no longer
  int ending_file;    // that it writes to,
  int ending_folder;  // and renames in here
  const char* ending_unfinished;
  const char* ending_name;

  const char* host_name;  // null: the launcher's
  size_t host_name_length;

  bool mount_namespace;
  bool mount_proc;
  const char* rootfs;             // null: none
  const char* working_directory;  // null: where we are

  const Limit* limits;
  size_t limit_count;

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
                                                "tty",  "fd",   "stdin", "stdout", "stderr",
                                                "ptmx", "pts",  "shm"};

// What Plan::name begins with.
inline constexpr char kLaunchName[] = "launch-";

// How init calls itself: comm of proc(5).
inline constexpr char kInitName[] = "seccomp-init";

// Clones with all signals blocked; the child executes `starter` (see starter_file.h), which is at
// `path`, too, and never returns. To the parent: the pid, of the monitor where there is one, and a
// close-on-exec pidfd in `*pidfd`; or -errno, ENOSYS where the kernel has no pidfds.
pid_t CloneChild(const Plan& plan, int starter, const char* path, int* pidfd);

}  // namespace runtime::launch
