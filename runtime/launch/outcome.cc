#include "runtime/launch/outcome.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <thread>

#include "schema/descriptor.h"

namespace runtime::launch {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::SystemError;

// Whether `pid`, which is not reaped, has got through execve, however it has fared since. An exec
// and a death close the pipe alike, and a program may die right after its exec; but execve gives a
// process the name of the program, and the name outlives it until it is reaped. The pipe is closed
// some instructions earlier: so a process that has the starter's name is asked again until it has
// another, or is dead. Source: begin_new_exec() in fs/exec.c; fields 2 and 3 of /proc/[pid]/stat,
// proc(5).
Result<bool> HasExecuted(int proc, std::string_view starter_name, pid_t pid) {
  const std::string path = std::to_string(pid) + "/stat";
  for (;;) {
    const Descriptor file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return SystemError("open /proc/" + path, errno);
    std::array<char, 1024> buffer = {};
    const ssize_t length = read(file.number(), buffer.data(), buffer.size());
    if (length < 0) return SystemError("read /proc/" + path, errno);
    // PID (NAME) STATE: the name may hold spaces and brackets, what follows does not.
    const std::string_view line(buffer.data(), static_cast<std::size_t>(length));
    const std::size_t name = line.find('(') + 1;
    const std::size_t end = line.rfind(')');
    if (name == 0 || end == std::string_view::npos || end < name || end + 2 >= line.size()) {
      return Error{ErrorCode::kSystem, "cannot parse /proc/" + path};
    }
    if (line.substr(name, end - name) != starter_name) return true;
    const char state = line[end + 2];
    if (state == 'Z' || state == 'X') return false;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
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
    if (report.step == Step::kTaken) {
      reports.taken = true;
    } else if (report.step == Step::kContainer) {
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
                                       std::string_view name, pid_t container,
                                       const std::function<Result<int>()>& wait) {
  if (reports.failure) return ExplainReport(*reports.failure, attempt);
  if (reports.ended) return ExplainDeath(*reports.ended, attempt);
  if (reports.started) return std::nullopt;
  if (reports.timed_out) return ExplainSilence(attempt);
  if (attempt.spec.monitor && !reports.container) {
    return SetupError({ErrorCode::kSystem, "the container's monitor was killed"});
  }
  if (reports.taken && !attempt.spec.init) {
    const Result<bool> executed = HasExecuted(proc, name, container);
    if (!executed) return SetupError(executed.error());
    if (*executed) return std::nullopt;
  }
  const Result<int> status = wait();  // it has closed its descriptors: it is dying
  if (!status) return SetupError(status.error());
  return ExplainDeath(*status, attempt);
}

}  // namespace runtime::launch
