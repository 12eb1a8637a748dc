#include "runtime/launch/wait.h"

#include <string.h>  // sigabbrev_np: a GNU function
#include <sys/wait.h>

#include <csignal>

namespace runtime::launch {

std::string SignalName(int signal) {
  const char* const name = sigabbrev_np(signal);
  if (name == nullptr) return "signal " + std::to_string(signal);
  return std::string("SIG") + name;
}

std::string DescribeExit(int status) {
  if (WIFEXITED(status)) return "exited with " + std::to_string(WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return "wait status " + std::to_string(status);
  const int signal = WTERMSIG(status);
  std::string text = "killed by " + SignalName(signal);
  if (WCOREDUMP(status)) text += " (core dumped)";
  return text;
}

std::string DescribeFilteredExit(int status) {
  std::string text = DescribeExit(status);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    // AUDIT_SECCOMP is 1326 (linux/audit.h).
    text +=
        ": the seccomp filter killed a system call; the kernel log's audit record (type=1326) "
        "names it";
  }
  // As a shell passes on that its command was killed: 128 + the signal.
  if (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGSYS) {
    text +=
        ", as a shell does whose command SIGSYS has killed: a system call that the seccomp filter "
        "kills, if so";
  }
  return text;
}

}  // namespace runtime::launch
