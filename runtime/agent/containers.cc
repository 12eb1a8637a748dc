#include "runtime/agent/containers.h"

#include <sys/wait.h>

#include <csignal>
#include <utility>

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;

Error NotFound(const std::string& id) {
  return {ErrorCode::kNotFound, "Container '" + id + "' cannot be found", 0};
}

}  // namespace

void Containers::Launch(LaunchRequest request, LaunchCallback done) {
  LaunchOutcome outcome = LaunchOutcome::kLaunched;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      outcome = LaunchOutcome::kStopping;
    } else if (!containers_.try_emplace(request.id).second) {
      outcome = LaunchOutcome::kExists;
    }
  }
  if (outcome != LaunchOutcome::kLaunched) {
    done(outcome);
    return;
  }
  scheduler_.Post(
      [this, request = std::move(request), done = std::move(done)] { LaunchNow(request, done); });
}

void Containers::LaunchNow(const LaunchRequest& request, const LaunchCallback& done) {
  auto composition = composer_.Compose(request, sandboxes_.PathOf(request.id));
  if (!composition) {
    Forget(request.id);
    done(std::move(composition).error());
    return;
  }
  auto process = Start(request, *composition);
  if (!process) {
    Forget(request.id);
    done(std::move(process).error());
    return;
  }
  Started(request.id, *composition, std::move(*process));
  done(LaunchOutcome::kLaunched);
}

Result<launch::Process> Containers::Start(const LaunchRequest& request,
                                          const Composition& composition) const {
  launch::Spec spec = composition.spec;
  auto files = sandboxes_.Make(request.id, spec.user.value_or(launch::User()));
  if (!files) return std::move(files).error();
  spec.stdio = {launch::kNullDevice, files->standard_output.number(),
                files->standard_error.number()};
  auto process = launch::Launch(spec);
  if (!process) {
    (void)sandboxes_.Remove(request.id);
    return std::move(process).error().error;
  }
  return std::move(*process);
}

void Containers::Started(const std::string& id, const Composition& composition,
                         launch::Process process) {
  int pidfd = -1;
  {
    const std::lock_guard lock(mutex_);
    Container& container = containers_.at(id);
    container.phase = Phase::kRunning;
    container.has_pid_namespace = composition.spec.namespaces.pid;
    container.has_filter = composition.spec.filter.has_value();
    container.profile_name = composition.profile_name;
    container.process = std::move(process);
    pidfd = container.process->pidfd();
    if (stopping_) {
      container.last_signal = SIGKILL;
      (void)container.process->Signal(SIGKILL);
    }
  }
  // The process is not reaped, and its descriptor not closed, before this has fired.
  scheduler_.WhenReadable(pidfd, [this, id] { Ended(id); });
}

void Containers::Forget(const std::string& id) {
  Waiters waiters;
  std::function<void()> stopped;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    waiters.swap(found->second.waiters);
    containers_.erase(found);
    stopped = TakeStopped();
  }
  for (const auto& [number, done] : waiters) done(std::nullopt);
  if (stopped) stopped();
}

void Containers::Ended(const std::string& id) {
  const launch::Process* process = nullptr;
  bool has_pid_namespace = false;
  {
    const std::lock_guard lock(mutex_);
    const Container& container = containers_.at(id);
    process = &*container.process;  // stays until we reset it below
    has_pid_namespace = container.has_pid_namespace;
  }
  // It leads a session and a process group of its number (setsid(2)). Until it is reaped, that
  // number cannot be another's. In a pid namespace the kernel has killed the rest already.
  if (!has_pid_namespace) kill(-process->pid(), SIGKILL);
  const auto status = process->Wait();
  Waiters waiters;
  Termination termination;
  std::function<void()> stopped;
  {
    const std::lock_guard lock(mutex_);
    Container& container = containers_.at(id);
    if (status) termination.status = *status;
    termination.was_filtered = container.has_filter;
    termination.was_killed =
        status && WIFSIGNALED(*status) && WTERMSIG(*status) == container.last_signal;
    container.phase = Phase::kEnded;
    container.termination = termination;
    container.process.reset();
    waiters.swap(container.waiters);
    stopped = TakeStopped();
  }
  for (const auto& [number, done] : waiters) done(termination);
  if (stopped) stopped();
}

Containers::Cancel Containers::Wait(const std::string& id, WaitCallback done) {
  std::optional<Termination> termination;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    const bool is_alive = found != containers_.end() && (found->second.phase == Phase::kLaunching ||
                                                         found->second.phase == Phase::kRunning);
    if (is_alive) {
      const std::uint64_t number = next_waiter_++;
      found->second.waiters.emplace(number, std::move(done));
      return [this, id, number] {
        const std::lock_guard inner_lock(mutex_);
        const auto container = containers_.find(id);
        if (container != containers_.end()) container->second.waiters.erase(number);
      };
    }
    if (found != containers_.end()) termination = found->second.termination;
  }
  done(termination);
  return [] {};
}

Status Containers::Kill(const std::string& id, int signal) {
  if (signal < 1 || signal > SIGRTMAX) {
    return Error{ErrorCode::kInvalid, "there is no signal " + std::to_string(signal), 0};
  }
  const std::lock_guard lock(mutex_);
  const auto found = containers_.find(id);
  if (found == containers_.end() || !found->second.process) return NotFound(id);
  found->second.last_signal = signal;
  if (!found->second.process->Signal(signal)) return NotFound(id);  // ESRCH: has ended
  return {};
}

void Containers::Remove(const std::string& id, RemoveCallback done) {
  Status refusal;
  {
    const std::lock_guard lock(mutex_);
    // One that is not known may have left its sandbox behind with an earlier agent. The entry keeps
    // others from launching under this id meanwhile.
    const auto [found, is_unknown] = containers_.try_emplace(id);
    if (!is_unknown && found->second.phase != Phase::kEnded) {
      refusal = Error{ErrorCode::kInvalid, "Container '" + id + "' has not terminated yet", 0};
    } else {
      found->second.phase = Phase::kRemoving;
    }
  }
  if (!refusal) {
    done(std::move(refusal));
    return;
  }
  scheduler_.Post([this, id, done = std::move(done)] {
    bool was_known = false;
    {
      const std::lock_guard lock(mutex_);
      was_known = containers_.at(id).termination.has_value();
    }
    Status removed;
    if (was_known || sandboxes_.Exists(id)) {
      removed = sandboxes_.Remove(id);
    } else {
      removed = NotFound(id);
    }
    {
      const std::lock_guard lock(mutex_);
      if (was_known && !removed) {
        containers_.at(id).phase = Phase::kEnded;  // to be tried again
      } else {
        containers_.erase(id);
      }
    }
    done(std::move(removed));
  });
}

std::vector<ContainerInfo> Containers::List() const {
  std::vector<ContainerInfo> list;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, container] : containers_) {
    if (container.phase != Phase::kRunning && container.phase != Phase::kEnded) continue;
    ContainerInfo info{id, std::nullopt, container.profile_name};
    if (container.process) info.pid = container.process->pid();
    list.push_back(std::move(info));
  }
  return list;
}

void Containers::Stop(std::function<void()> done) {
  std::function<void()> stopped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_ = std::move(done);
    for (auto& [id, container] : containers_) {
      if (!container.process) continue;
      container.last_signal = SIGKILL;
      (void)container.process->Signal(SIGKILL);
    }
    stopped = TakeStopped();
  }
  if (stopped) stopped();
}

std::function<void()> Containers::TakeStopped() {
  if (!stopping_) return nullptr;
  for (const auto& [id, container] : containers_) {
    if (container.phase == Phase::kLaunching || container.phase == Phase::kRunning) return nullptr;
  }
  return std::exchange(stopped_, nullptr);
}

}  // namespace runtime::agent
