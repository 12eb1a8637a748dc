#include "runtime/launch/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/launch/plan.h"
#include "runtime/launch/prepare.h"

namespace runtime::launch {

namespace fs = std::filesystem;
using schema::Result;
using schema::SystemError;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

std::optional<pid_t> PidOf(const fs::path& entry) {
  const std::string name = entry.filename().string();
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return pid;
}

// -1: it has ended. Source: proc(5), /proc/[pid]/stat; the name before may hold anything.
pid_t ParentOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size()) return -1;
  pid_t parent = -1;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

pid_t ChildOf(pid_t parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto pid = PidOf(entry.path());
    if (pid && ParentOf(*pid) == parent) return *pid;
  }
  return -1;
}

// False also of one that has ended: its monitor ends, too.
bool HasBegun(pid_t program) {
  std::string name;
  std::getline(std::ifstream("/proc/" + std::to_string(program) + "/comm"), name);
  return !name.empty() && !name.starts_with(kLaunchName);
}

Descriptor OpenPidfd(pid_t pid) {
  return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
}

}  // namespace

Result<Monitors> FindMonitors() {
  Monitors monitors;
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const auto pid = PidOf(process.path());
    if (!pid) continue;
    monitors.child_of[ParentOf(*pid)] = *pid;
    std::error_code ended;  // it may end at any moment
    for (const auto& open : fs::directory_iterator(process.path() / "fd", ended)) {
      const std::string path = fs::read_symlink(open.path(), ended).string();
      if (path.ends_with(kUnfinished)) monitors.by_ending[path].push_back(*pid);
    }
  }
  if (error) return SystemError("/proc", error.value());
  return monitors;
}

class Adopter {
 public:
  // Of the processes that hold the file, the monitor is the one that is nobody's child of them.
  static Result<std::optional<Process>> Adopt(const Monitors& monitors,
                                              const std::vector<pid_t>& holders,
                                              const std::string& folder, const std::string& name) {
    for (const pid_t pid : holders) {
      if (std::ranges::count(holders, ParentOf(pid)) != 0) continue;
      Descriptor pidfd = OpenPidfd(pid);
      if (!pidfd) continue;  // it has ended
      const auto seen = monitors.child_of.find(pid);
      const pid_t container = seen != monitors.child_of.end() ? seen->second : WaitForChild(pid);
      Descriptor container_pidfd = container < 0 ? Descriptor() : OpenPidfd(container);
      // Not reaped before the monitor ends: while it is the monitor's child, it is the container.
      if (!container_pidfd || ParentOf(container) != pid) {
        (void)HasEndedWithin(pidfd, kPatience);
        continue;
      }
      Descriptor where(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      if (!where) return SystemError("open " + folder, errno);
      Process process(container, std::move(container_pidfd));
      process.monitor_ = MonitorProcess{pid, false, std::move(pidfd), std::move(where), name};
      AwaitBeginning(process, monitors.found + kPatience);
      return std::optional<Process>(std::move(process));
    }
    return std::optional<Process>();
  }

 private:
  static constexpr milliseconds kPatience{1000};

  static bool HasEndedWithin(const Descriptor& monitor, milliseconds time) {
    pollfd ended = {monitor.number(), POLLIN, 0};
    return poll(&ended, 1, static_cast<int>(time.count())) > 0;
  }

  static void AwaitBeginning(const Process& process, steady_clock::time_point deadline) {
    constexpr milliseconds kPause{5};
    while (steady_clock::now() < deadline && !HasBegun(process.program_pid()) &&
           !HasEndedWithin(process.monitor()->pidfd, kPause)) {
    }
  }

  static pid_t WaitForChild(pid_t monitor) {
    constexpr int kTries = 200;
    constexpr milliseconds kPause{5};
    for (int i = 0; i < kTries && ParentOf(monitor) >= 0; ++i) {
      if (const pid_t child = ChildOf(monitor); child >= 0) return child;
      std::this_thread::sleep_for(kPause);
    }
    return -1;
  }
};

Result<std::optional<Process>> Adopt(const Monitors& monitors, const std::string& folder,
                                     const std::string& name) {
  const auto holders = monitors.by_ending.find(folder + "/" + name + kUnfinished);
  if (holders == monitors.by_ending.end()) return std::optional<Process>();
  return Adopter::Adopt(monitors, holders->second, folder, name);
}

}  // namespace runtime::launch
