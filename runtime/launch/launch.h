// Starts a program in its container: namespaces, root, user, capabilities, seccomp filter.
//
//     Spec spec;
//     spec.command = "sleep";
//     spec.argv = {"sleep", "10"};
//     spec.filter = filter;
//     LaunchResult process = Launch(spec);
//     if (!process) return process.error();   // says which step failed, and what to do
//     Result<int> status = process->Wait();   // DescribeExit(*status)

#pragma once

#include <sys/types.h>

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <utility>

#include "runtime/launch/descriptors.h"
#include "runtime/launch/spec.h"
#include "runtime/launch/step.h"
#include "schema/error.h"

namespace runtime::launch {

// The process of Spec::monitor: the launcher's child, and the container's parent.
struct MonitorProcess {
  pid_t pid = -1;
  bool is_child = true;  // false: of a launcher that is no more, see adopt.h
  Descriptor pidfd;      // becomes readable when the container's ending is written down
  Descriptor folder;     // where it is, by this name
  std::string name;
};

// A program that runs or has run. Its destruction neither kills it nor reaps it.
class Process {
 public:
  Process(pid_t pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  // In the launcher's pid namespace; of init, if there is one.
  pid_t pid() const { return pid_; }
  // Of the program, also where that is init's child. -1: it has ended.
  pid_t program_pid() const;
  int pidfd() const { return pidfd_.number(); }  // becomes readable when the program has ended
  // Becomes readable when Wait() does not block: the pidfd, or that of the monitor.
  int end_pidfd() const { return monitor_ ? monitor_->pidfd.number() : pidfd_.number(); }
  const std::optional<MonitorProcess>& monitor() const { return monitor_; }

  // The other end of Spec::terminal, for its owner to take; -1: none. Close-on-exec.
  Descriptor& terminal() { return terminal_; }

  // Sends `signal`, never to a process that has come to bear the same pid. Init passes it on to the
  // program, all but SIGKILL and SIGSTOP: these are for the whole container and for init. Errors:
  // kSystem, ESRCH where it has ended. Source: pidfd_send_signal(2).
  schema::Status Signal(int signal) const;

  // Blocks until the program has ended, and reaps it, or the monitor: once. Returns the program's
  // own status of wait(2), also where its parent was init. Errors: kSystem, ECHILD where it was
  // reaped before; kNotFound, the monitor was killed.
  schema::Result<int> Wait() const;

 private:
  friend class Launcher;
  friend class Adopter;

  pid_t pid_ = -1;
  Descriptor pidfd_;
  Descriptor end_read_;  // from init: the program's status
  Descriptor terminal_;
  std::optional<MonitorProcess> monitor_;
};

// The values are the exit codes that seccomp-run and `docker run` give for it.
enum class Failure {
  kSetup = 125,          // the container could not be set up
  kNotExecutable = 126,  // the command was found
  kNotFound = 127,       // the command, or the interpreter that it names; also a loop of links
};

struct LaunchError {
  Failure failure = Failure::kSetup;
  Step step = Step::kPrepare;
  schema::Error error;  // names the step, the errno, and what to do about it
};

[[noreturn]] void throw_exception_from_error(const LaunchError& error,
                                             const boost::source_location& location);

class [[nodiscard]] LaunchResult : public boost::system::result<Process, LaunchError> {
 public:
  using boost::system::result<Process, LaunchError>::result;
};

// Clones a child, applies `spec` to it in the order of step.h and executes the command; returns
// when the program runs, or has failed to.
//
// On error nothing is left behind: no process, no descriptor, no mount, no file (but a rootfs
// without /dev or /proc may have got these folders, where `late_filter` was not what failed).
//
// From any thread of a process with several. The process must not ignore SIGCHLD, and no other
// thread may wait for any child (waitpid(-1)): the exit status would be lost.
//
// Needs Linux 5.3, for its pidfds, and /proc; root for all but a filter with no_new_privs.
// Errors: LaunchError. Allocates before the clone alone.
// Source: clone3(2), pivot_root(2), capabilities(7), seccomp(2).
LaunchResult Launch(const Spec& spec);

}  // namespace runtime::launch
