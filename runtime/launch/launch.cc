#include "runtime/launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/launch/explain.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/prepare.h"
#include "runtime/launch/wait.h"

namespace runtime::launch {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::SystemError;

LaunchError SetupError(Step step, Error error) { return {Failure::kSetup, step, std::move(error)}; }

// Reads up to the size of a Report, or to the end of the pipe.
Result<std::optional<Report>> ReadReport(int pipe) {
  Report report = {};
  ssize_t length = 0;
  do {
    length = read(pipe, &report, sizeof(report));
  } while (length < 0 && errno == EINTR);
  if (length < 0) return SystemError("read the child's report", errno);
  if (length == 0) return std::optional<Report>();
  if (length != sizeof(report)) return Error{ErrorCode::kSystem, "the child's report is cut off"};
  return std::optional<Report>(report);
}

// Whether `pid`, an unreaped child, has got through execve, however it has fared since. An exec and
// a death close the pipe alike, and a program may die right after its exec; but the flag that a
// fork sets is cleared by exec alone, before the pipe is closed, and outlives the process until it
// is reaped. Source: begin_new_exec() in fs/exec.c; field 9 of /proc/[pid]/stat, proc(5).
Result<bool> HasExecuted(const Descriptor& proc, pid_t pid) {
  constexpr unsigned kForkedNoExec = 0x00000040;  // PF_FORKNOEXEC, include/linux/sched.h
  const std::string path = std::to_string(pid) + "/stat";
  const Descriptor file(openat(proc.number(), path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return SystemError("open /proc/" + path, errno);
  std::array<char, 1024> buffer = {};
  const ssize_t length = read(file.number(), buffer.data(), buffer.size());
  if (length < 0) return SystemError("read /proc/" + path, errno);
  // Past the name, the one field that may hold spaces and brackets:
  // state ppid pgrp session tty_nr tpgid flags
  std::string_view fields(buffer.data(), static_cast<std::size_t>(length));
  fields.remove_prefix(std::min(fields.size(), fields.rfind(')') + 1));
  for (int field = 0; field < 7; ++field) {
    fields.remove_prefix(std::min(fields.size(), fields.find(' ') + 1));
  }
  unsigned flags = 0;
  const auto [end, error] = std::from_chars(fields.data(), fields.data() + fields.size(), flags);
  if (error != std::errc()) return Error{ErrorCode::kSystem, "cannot parse /proc/" + path};
  return (flags & kForkedNoExec) == 0;
}

// Ends the child, if a failure has not, and leaves no zombie.
void KillAndReap(const Process& process) {
  (void)process.Signal(SIGKILL);
  (void)process.Wait();
}

// Joins the pipe with the fate of the child: an empty pipe proves nothing by itself, for a filter
// that kills execve gives zero bytes and SIGSYS.
std::optional<LaunchError> Outcome(const Prepared& prepared, const Process& process,
                                   const Spec& spec) {
  const Result<std::optional<Report>> report = ReadReport(prepared.report_read.number());
  if (!report) {
    KillAndReap(process);
    return SetupError(Step::kPrepare, report.error());
  }
  if (*report) {
    KillAndReap(process);
    return ExplainReport(**report, spec);
  }
  const Result<bool> executed = HasExecuted(prepared.proc, process.pid());
  if (!executed) {
    KillAndReap(process);
    return SetupError(Step::kExecute, executed.error());
  }
  if (*executed) return std::nullopt;
  const Result<int> status = process.Wait();  // it has closed its descriptors: it is dying
  if (!status) return SetupError(Step::kExecute, status.error());
  return ExplainDeath(*status, spec);
}

}  // namespace

void throw_exception_from_error(const LaunchError& error, const boost::source_location&) {
  throw std::logic_error(error.error.message);
}

schema::Status Process::Signal(int signal) const {
  if (syscall(SYS_pidfd_send_signal, pidfd_.number(), signal, nullptr, 0U) != 0) {
    return SystemError("send " + SignalName(signal) + " to process " + std::to_string(pid_), errno);
  }
  return {};
}

Result<int> Process::Wait() const {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(pid_, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped < 0) return SystemError("wait for process " + std::to_string(pid_), errno);
  return status;
}

LaunchResult Launch(const Spec& spec) {
  Result<Prepared> prepared = Prepare(spec);
  if (!prepared) return SetupError(Step::kPrepare, std::move(prepared).error());

  int pidfd = -1;
  const pid_t pid = CloneChild(prepared->plan, &pidfd);
  if (pid < 0) return ExplainReport({Step::kClone, 0, -pid}, spec);
  Process process(pid, Descriptor(pidfd));
  prepared->report_write.Close();  // else the pipe would never end

  std::optional<LaunchError> error = Outcome(*prepared, process, spec);
  if (error) return *std::move(error);
  return LaunchResult(std::move(process));
}

}  // namespace runtime::launch
