// Spec: what to launch, in ordinary types. Launch (launch.h) flattens it before it clones.

#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "schema/filter/filter.h"
#include "schema/kernel/capability.h"

namespace runtime::launch {

// New ones for the program. A rootfs or `pid` brings a mount namespace with it.
struct Namespaces {
  bool mount = false;
  bool pid = false;  // with a /proc of its own; the program is process 1 and must reap orphans
  bool ipc = false;
  bool uts = false;
  bool net = false;  // with `lo` alone, and that down
};

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary; replaces the launcher's, also when empty
};

// For Spec::stdio: /dev/null.
inline constexpr int kNullDevice = -1;

struct Spec {
  // A path if it has a slash, else a name to search in the PATH of `environment`. Both are looked
  // up inside the rootfs.
  std::string command;
  std::vector<std::string> argv;         // with argv[0]; empty: {command}
  std::vector<std::string> environment;  // "NAME=VALUE", all of it: nothing is inherited
  // Inside the rootfs. Empty: "/" of a rootfs; without one, the launcher's.
  std::string working_directory;

  // The launcher's descriptors that become 0, 1 and 2; kNullDevice: /dev/null. No other descriptor
  // reaches the program.
  std::array<int, 3> stdio = {0, 1, 2};

  // A directory that becomes "/" (pivot_root(2)), with a new tmpfs on /dev and proc on /proc.
  // Empty: the host's files. Give a pid namespace with it, or /proc shows the host's processes.
  std::string rootfs;
  Namespaces namespaces;

  // Absent: the launcher's own.
  std::optional<User> user;

  // The bounding set: a ceiling, for capabilities which the launcher lacks are not gained. For uid
  // 0 it is also what the program holds. Absent: all sets of capabilities are left as they are, and
  // `ambient` must be empty.
  std::optional<schema::kernel::CapabilitySet> bounding;
  // What a program of any other uid holds: permitted, effective, inheritable and ambient. A subset
  // of `bounding`.
  schema::kernel::CapabilitySet ambient;

  bool no_new_privs = false;

  // Loaded last, before execve. std::nullopt: unconfined. It must allow execve.
  std::optional<schema::filter::Filter> filter;

  // Sent to the program when the *thread* that called Launch ends (PR_SET_PDEATHSIG); 0: none.
  int parent_death_signal = 0;
};

}  // namespace runtime::launch
