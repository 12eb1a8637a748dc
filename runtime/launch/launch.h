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

#include "runtime/launch/descriptors.h"
#include "runtime/launch/spec.h"
#include "runtime/launch/step.h"
#include "schema/error.h"

namespace runtime::launch {

// A program that runs or has run. Its destruction neither kills it nor reaps it.
class Process {
 public:
  Process(pid_t pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid() const { return pid_; }             // in the launcher's pid namespace
  int pidfd() const { return pidfd_.number(); }  // becomes readable when the program has ended

  // Sends `signal`, never to a process that has come to bear the same pid.
  // Errors: kSystem, ESRCH where it has ended. Source: pidfd_send_signal(2).
  schema::Status Signal(int signal) const;

  // Blocks until the program has ended, and reaps it: once. Returns the status of wait(2).
  // Errors: kSystem, ECHILD where it was reaped before.
  schema::Result<int> Wait() const;

 private:
  pid_t pid_ = -1;
  Descriptor pidfd_;
};

// The values are the exit codes that seccomp-run and `docker run` give for it.
enum class Failure {
  kSetup = 125,          // the container could not be set up
  kNotExecutable = 126,  // the command was found
  kNotFound = 127,       // the command, or the interpreter that it names
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
// On error nothing is left behind: no process, no descriptor, no mount (but a rootfs without /dev
// or /proc has got these folders).
//
// From any thread of a process with several. The process must not ignore SIGCHLD, and no other
// thread may wait for any child (waitpid(-1)): the exit status would be lost.
//
// Needs Linux 5.3 (pidfd_open(2)) and /proc; root for all but a filter with no_new_privs.
// Errors: LaunchError. Allocates before the clone alone.
// Source: clone3(2), pivot_root(2), capabilities(7), seccomp(2).
LaunchResult Launch(const Spec& spec);

}  // namespace runtime::launch
