// Spec: what to launch, in ordinary types. Launch (launch.h) flattens it before it clones.

#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/launch/plan.h"
#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/capability.h"

namespace runtime::launch {

// New ones for the program. A rootfs or `pid` brings a mount namespace with it.
struct Namespaces {
  bool mount = false;
  bool pid = false;  // with a /proc of its own; without Spec::init the program is process 1
  bool ipc = false;
  bool uts = false;
  bool net = false;  // with `lo` alone, and that down
};

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary; replaces the launcher's, also when empty
};

// The launcher's child is then not the container, but a small process that waits for the container
// whatever becomes of the launcher, and writes down how it ended: ReadEnding() in ending.h. It ends
// itself then.
struct Monitor {
  // The file `name` appears in this open folder, complete; until then it is NAME.unfinished, which
  // must not be there before the launch. Not synced to the disk.
  int folder = -1;
  std::string name;
};

// What a filter's listener is told of the container. Source: "State" in runtime.md of the OCI
// runtime specification.
struct ContainerState {
  std::string id;
  std::string bundle;  // the container's directory, absolute
  std::map<std::string, std::string> annotations;
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

  // A directory that becomes "/" (pivot_root(2)), with a new tmpfs on /dev and proc on /proc. No
  // device in it can be opened but those of /dev (before Linux 5.12: nor but those of what the host
  // has mounted below it).
  // Empty: the host's files. Give a pid namespace with it, or /proc shows the host's processes.
  std::string rootfs;
  Namespaces namespaces;

  // Process 1 of the pid namespace is ours, with the program as its child: it reaps orphans, passes
  // signals on, and ends as the program ends. Without it, the program as process 1 gets no signal
  // from within its namespace that it has no handler for (pid_namespaces(7)). Needs
  // `namespaces.pid`.
  bool init = false;

  // Which of descriptors 0, 1 and 2 are a new terminal, made in the container's /dev, in the place
  // of `stdio`; the controlling one of the program's session. Where the first of those is a
  // terminal, too, the new one begins with its settings and window size. None: the program has no
  // terminal. See Process::terminal().
  std::array<bool, 3> terminal = {};

  std::string host_name;  // empty: the launcher's; needs namespaces.uts

  // A folder of cgroup v2, open, that the container is born in; -1: the launcher's cgroup. See
  // cgroup.h.
  int cgroup = -1;

  std::optional<Monitor> monitor;

  std::vector<Limit> limits;  // the others are the launcher's

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

  // Loaded last, before execve. std::nullopt: unconfined. It must allow execve, or its listener
  // must. With a listener there is a second thread up to the execve, which counts as one for
  // RLIMIT_NPROC and pids.max. See listener.h.
  std::optional<schema::filter::Filter> filter;

  // In its place: makes the filter while the container is being set up. It is called once, by the
  // thread that calls Launch; on its error nothing is executed, and Launch returns it.
  std::function<schema::Result<schema::filter::Filter>()> late_filter;

  // For a filter with a listener.
  ContainerState state;
  // So long it may leave us waiting: for the connection, and for its answer to execve.
  std::chrono::milliseconds listener_patience = std::chrono::seconds(30);

  // Sent to the program when the *thread* that called Launch ends (PR_SET_PDEATHSIG); 0: none.
  // With `monitor`: when the monitor ends. With `init`, init gets SIGKILL in its place.
  int parent_death_signal = 0;
};

}  // namespace runtime::launch
