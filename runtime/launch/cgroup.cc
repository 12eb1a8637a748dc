#include "runtime/launch/cgroup.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace runtime::launch {
namespace {

using schema::Descriptor;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::SystemError;

// What has been killed may take a moment to go: a second.
constexpr int kTries = 200;
constexpr int kPause = 5;  // milliseconds

// One of ours goes by the file that it is written to.
struct Setting {
  std::string controller;
  std::string file;
  std::string value;
};

std::vector<Setting> Settings(const CgroupLimits& limits) {
  constexpr std::uint64_t kPeriod = 100'000;  // microseconds, the kernel's default
  std::vector<Setting> settings;
  if (limits.memory_bytes) {
    settings.push_back({"memory", "memory.max", std::to_string(*limits.memory_bytes)});
  }
  if (limits.cpu_millis) {
    const std::uint64_t quota = *limits.cpu_millis * (kPeriod / 1000);
    settings.push_back({"cpu", "cpu.max", std::to_string(quota) + " " + std::to_string(kPeriod)});
  }
  if (limits.processes) {
    settings.push_back({"pids", "pids.max", std::to_string(*limits.processes)});
  }
  return settings;
}

// The mount point of the first cgroup2. Source: proc(5), mountinfo; a space in it is \040.
std::optional<std::string> FindMount() {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string::npos || line.compare(separator, 11, " - cgroup2 ") != 0) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    return word;
  }
  return std::nullopt;
}

Result<std::string> ReadSmall(int folder, const char* name) {
  const Descriptor file(openat(folder, name, O_RDONLY | O_CLOEXEC));
  if (!file) return SystemError(std::string("open ") + name, errno);
  std::array<char, 4096> buffer = {};
  const ssize_t length = read(file.number(), buffer.data(), buffer.size());
  if (length < 0) return SystemError(std::string("read ") + name, errno);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

Status Write(int folder, const std::string& name, const std::string& value) {
  const Descriptor file(openat(folder, name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return SystemError("open " + name, errno);
  if (write(file.number(), value.data(), value.size()) >= 0) return {};
  Error error = SystemError("write " + value + " to " + name, errno);
  if (error.system_errno == EINVAL || error.system_errno == ERANGE) {
    error.code = ErrorCode::kInvalid;
  }
  return error;
}

bool HasWord(const std::string& text, const std::string& word) {
  std::istringstream words(text);
  for (std::string each; words >> each;) {
    if (each == word) return true;
  }
  return false;
}

// Makes the controller that `setting` needs available below `parent`.
Status Enable(int parent, const std::string& path, const Setting& setting) {
  auto offered = ReadSmall(parent, "cgroup.controllers");
  if (!offered) return std::move(offered).error().While(path);
  if (!HasWord(*offered, setting.controller)) {
    while (!offered->empty() && offered->back() == '\n') offered->pop_back();
    return Error{ErrorCode::kUnsupported,
                 setting.file + ": the cgroup v2 at " + path + " has no controller \"" +
                     setting.controller + "\" (it has: " + *offered +
                     "); one that a cgroup v1 uses is not there",
                 0};
  }
  const auto enabled = ReadSmall(parent, "cgroup.subtree_control");
  if (enabled && HasWord(*enabled, setting.controller)) return {};
  Status status = Write(parent, "cgroup.subtree_control", "+" + setting.controller);
  if (!status) return std::move(status).error().While(path);
  return status;
}

// Those that a container has made in its own, outer ones first.
std::vector<std::string> Inner(int folder) {
  std::error_code ignored;
  std::vector<std::string> paths;
  const std::string top = "/proc/self/fd/" + std::to_string(folder) + "/";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top, ignored)) {
    std::error_code gone;
    if (entry.is_directory(gone)) paths.push_back(entry.path().string());
  }
  return paths;
}

// Those that are still busy stay.
void RemoveInner(int folder) {
  const std::vector<std::string> paths = Inner(folder);
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) rmdir(path->c_str());
}

// SIGKILL to all that `cgroup.procs` of the folder names; whether it names any. It has 0 for
// processes outside our pid namespace: to kill(2) that is all of our group.
Result<bool> KillMembers(int folder) {
  const auto processes = ReadSmall(folder, "cgroup.procs");
  if (!processes) return Error(processes.error());
  std::istringstream numbers(*processes);
  for (pid_t pid = 0; numbers >> pid;) {
    if (pid > 0) kill(pid, SIGKILL);
  }
  return !processes->empty();
}

}  // namespace

Result<Cgroup> Cgroup::Create(const std::string& name, const CgroupLimits& limits) {
  if (name.empty() || name.front() == '.' || name.find_first_of("/\n") != std::string::npos) {
    return Error{ErrorCode::kInvalid, "not a name for a cgroup", 0};
  }
  const auto path = FindMount();
  if (!path) {
    return Error{ErrorCode::kUnsupported, "no cgroup v2 is mounted, and limits need one", 0};
  }
  Descriptor parent(open(path->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return SystemError("open " + *path, errno);
  const std::vector<Setting> settings = Settings(limits);
  for (const Setting& setting : settings) {
    if (Status status = Enable(parent.number(), *path, setting); !status) {
      return std::move(status).error();
    }
  }
  if (mkdirat(parent.number(), name.c_str(), 0755) != 0) {
    return SystemError("make the cgroup " + *path + "/" + name, errno);
  }
  Descriptor folder(openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int error = errno;
  Cgroup cgroup(std::move(parent), std::move(folder), name);
  if (!cgroup.folder_) return SystemError("open the cgroup " + name, error);
  if (flock(cgroup.folder(), LOCK_EX | LOCK_NB) != 0) {
    return SystemError("lock the cgroup " + name, errno);
  }
  for (const Setting& setting : settings) {
    if (Status status = Write(cgroup.folder(), setting.file, setting.value); !status) {
      return std::move(status).error();
    }
  }
  return cgroup;
}

Result<std::optional<Cgroup>> Cgroup::CreateWhereMounted(const std::string& name,
                                                         const CgroupLimits& limits) {
  if (!limits.any() && !FindMount()) return std::optional<Cgroup>();
  auto cgroup = Create(name, limits);
  if (!cgroup) return std::move(cgroup).error();
  return std::optional<Cgroup>(std::move(*cgroup));
}

Status Cgroup::End(const std::string& name) {
  const auto path = FindMount();
  if (!path) return {};
  Descriptor parent(open(path->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return SystemError("open " + *path, errno);
  Descriptor folder(openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder && errno == ENOENT) return {};
  if (!folder) return SystemError("open the cgroup " + name, errno);
  Cgroup cgroup(std::move(parent), std::move(folder), name);
  cgroup.LetGo();
  return cgroup.EndAndRemove();
}

void Cgroup::RemoveAbandoned(const std::string& prefix, std::chrono::seconds age) {
  const auto path = FindMount();
  if (!path) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(*path, ignored)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const Descriptor folder(open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!folder || fstat(folder.number(), &status) != 0) continue;
    // One that is newer may not have been locked yet.
    if (time(nullptr) - status.st_ctime < age.count()) continue;
    if (flock(folder.number(), LOCK_EX | LOCK_NB) != 0) continue;
    RemoveInner(folder.number());
    rmdir(entry.path().c_str());
  }
}

Cgroup::~Cgroup() {
  if (parent_ && is_owned_) (void)EndAndRemove();  // without parent: moved from
}

Status Cgroup::EndAndRemove() const {
  // The usual one: nothing is in it any more.
  if (unlinkat(parent_.number(), name_.c_str(), AT_REMOVEDIR) == 0) return {};
  Status killed = Kill();
  for (int i = 0; i < kTries; ++i) {
    RemoveInner(folder());
    if (unlinkat(parent_.number(), name_.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    if (errno != EBUSY) break;
    poll(nullptr, 0, kPause);
  }
  if (!killed) return killed;
  return SystemError("remove the cgroup " + name_, errno);
}

Status Cgroup::Kill() const {
  if (Write(folder(), "cgroup.kill", "1")) return {};
  // Linux before 5.14. What was read may be old when it is killed: until none is left.
  for (int i = 0; i < kTries; ++i) {
    auto is_any_left = KillMembers(folder());
    if (!is_any_left) return std::move(is_any_left).error();
    bool is_left = *is_any_left;
    for (const std::string& path : Inner(folder())) {
      const Descriptor inner(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      const auto is_any_in_it = KillMembers(inner.number());  // an error: it has gone meanwhile
      is_left |= is_any_in_it && *is_any_in_it;
    }
    if (!is_left) return {};
    poll(nullptr, 0, kPause);
  }
  return SystemError("kill what is in the cgroup " + name_, EBUSY);
}

}  // namespace runtime::launch
