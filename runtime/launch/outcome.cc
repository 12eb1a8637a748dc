#include "runtime/launch/outcome.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>

#include "schema/descriptor.h"

namespace runtime::launch {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::SystemError;

// Whether `pid`, an unreaped child, has got through execve, however it has fared since. An exec and
// a death close the pipe alike, and a program may die right after its exec; but the flag that a
// fork sets is cleared by exec alone, before the pipe is closed, and outlives the process until it
// is reaped. Source: begin_new_exec() in fs/exec.c; field 9 of /proc/[pid]/stat, proc(5).
Result<bool> HasExecuted(int proc, pid_t pid) {
  constexpr unsigned kForkedNoExec = 0x00000040;  // PF_FORKNOEXEC, include/linux/sched.h
  const std::string path = std::to_string(pid) + "/stat";
  const Descriptor file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
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

LaunchError SetupError(Error error) { return {Failure::kSetup, Step::kExecute, std::move(error)}; }

// False: nothing has come until `deadline`, and the pipe has not ended. EINTR is waited through.
bool AwaitReport(int pipe, std::chrono::steady_clock::time_point deadline) {
  using std::chrono::milliseconds;
  pollfd readable = {pipe, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    constexpr milliseconds kMost{60000};  // at once: poll(2) takes an int
    const int time = static_cast<int>(std::clamp(left, milliseconds(0), kMost).count());
    if (poll(&readable, 1, time) > 0) return true;
    if (left.count() <= 0) return false;
  }
}

}  // namespace

Result<Reports> ReadReports(int pipe, std::optional<std::chrono::milliseconds> patience) {
  const auto begin = std::chrono::steady_clock::now();
  Reports reports;
  for (;;) {
    if (patience && !AwaitReport(pipe, begin + *patience)) {
      reports.timed_out = true;
      return reports;
    }
    Report report = {};
    const ssize_t length = read(pipe, &report, sizeof(report));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return SystemError("read the child's report", errno);
    if (length == 0) return reports;
    if (length != sizeof(report)) return Error{ErrorCode::kSystem, "the child's report is cut off"};
    if (report.step == Step::kContainer) {
      reports.container = report.value;
    } else if (report.step == Step::kStarted) {
      reports.started = true;
    } else if (report.step == Step::kEnded) {
      reports.ended = report.value;
    } else if (!reports.failure) {
      reports.failure = report;
    }
  }
}

std::optional<LaunchError> JudgeLaunch(const Reports& reports, const Attempt& attempt, int proc,
                                       pid_t container, const std::function<Result<int>()>& wait) {
  if (reports.failure) return ExplainReport(*reports.failure, attempt);
  if (reports.ended) return ExplainDeath(*reports.ended, attempt);
  if (reports.started) return std::nullopt;
  if (reports.timed_out) return ExplainSilence(attempt);
  if (attempt.spec.monitor && !reports.container) {
    return SetupError({ErrorCode::kSystem, "the container's monitor was killed"});
  }
  if (!attempt.spec.init) {
    const Result<bool> executed = HasExecuted(proc, container);
    if (!executed) return SetupError(executed.error());
    if (*executed) return std::nullopt;
  }
  const Result<int> status = wait();  // it has closed its descriptors: it is dying
  if (!status) return SetupError(status.error());
  return ExplainDeath(*status, attempt);
}

}  // namespace runtime::launch
