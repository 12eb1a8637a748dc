#include "runtime/agent/containers.h"

#include <csignal>
#include <utility>

#include "runtime/agent/container_cgroup.h"
#include "runtime/agent/container_id.h"
#include "runtime/launch/wait.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Status;

Error NotFound(const std::string& id) {
  return {ErrorCode::kNotFound, "Container '" + id + "' cannot be found", 0};
}

Refusal Stopping() {
  return {Reason::kStopping, {ErrorCode::kInvalid, "the agent is stopping", 0}};
}

}  // namespace

std::optional<Granted<LaunchOutcome>> Containers::Enter(LaunchRequest& request,
                                                        LaunchCallback& done) {
  if (stopping_) return Stopping();
  if (containers_.contains(request.id)) return LaunchOutcome::kExists;
  if (const auto parent = ParentOf(request.id)) {
    const auto found = containers_.find(*parent);
    const bool exists = found != containers_.end() && found->second.phase != Phase::kLaunching;
    if (!exists || found->second.phase != Phase::kRunning) {
      const std::string what = exists ? "' has terminated" : "' does not exist";
      return Refusal{Reason::kMissingParent,
                     {ErrorCode::kInvalid, "Parent container '" + *parent + what, 0}};
    }
    ++found->second.nested;
    request.inherited = found->second.heritage;
  }
  Container& container = containers_[request.id];
  container.requested = Clock::now();
  container.launch_done = std::move(done);
  return std::nullopt;
}

void Containers::Launch(LaunchRequest request, LaunchCallback done) {
  std::optional<Granted<LaunchOutcome>> outcome;
  {
    const std::lock_guard lock(mutex_);
    outcome = Enter(request, done);
  }
  if (outcome) {
    if (!*outcome) Report(request.id, outcome->error());
    return done(std::move(*outcome));
  }
  scheduler_.Post([this, request = std::move(request)] { LaunchNow(request); });
}

// std::nullopt: Stop has refused it meanwhile.
std::optional<Containers::LaunchCallback> Containers::TakeLaunch(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return std::nullopt;
  return std::exchange(containers_.at(id).launch_done, nullptr);
}

void Containers::LaunchNow(const LaunchRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;  // refused, while it waited for this worker
  }
  ++checking_;
  auto composition = composer_.Compose(request, sandboxes_.PathOf(request.id));
  --checking_;
  if (composition && composition->spec.filter && composition->spec.filter->listener) {
    return scheduler_.PostPatient(
        [this, request, composition = *composition] { LaunchComposed(request, composition); });
  }
  if (composition) return LaunchComposed(request, *composition);
  const auto done = TakeLaunch(request.id);
  if (done) Refuse(request.id, *done, std::move(composition).error());
}

void Containers::LaunchComposed(const LaunchRequest& request, const Composition& composition) {
  const auto done = TakeLaunch(request.id);
  if (!done) return;
  auto process = Start(request, composition);
  if (!process) return Refuse(request.id, *done, std::move(process).error());
  Started(request, composition, std::move(*process));
  (*done)(LaunchOutcome::kLaunched);
}

std::string Containers::CgroupOf(const std::string& id, const Composition& composition) const {
  return composition.cgroup ? CgroupName(records_.FolderFor(id), id) : "";
}

Granted<launch::Process> Containers::Start(const LaunchRequest& request,
                                           const Composition& composition) const {
  launch::Spec spec = composition.spec;
  if (Status status = sandboxes_.CheckFree(request.id); !status) {
    return Refusal{Reason::kSandbox, std::move(status).error()};
  }
  // First, and removed last: should we be killed, the next agent knows by it what to remove.
  const std::string cgroup_name = CgroupOf(request.id, composition);
  auto folder = records_.Make({request.id, composition.profile_name,
                               request.user ? request.user : request.inherited.user,
                               spec.filter.has_value(), cgroup_name});
  if (!folder) return Refusal{Reason::kSandbox, std::move(folder).error()};
  std::optional<launch::Cgroup> cgroup;
  if (composition.cgroup) {
    auto made = MakeCgroup(cgroup_name, *composition.cgroup);
    if (!made) {
      (void)records_.Remove(request.id);
      return std::move(made).error();
    }
    if (*made) spec.cgroup = cgroup.emplace(std::move(**made)).folder();
  }
  auto files = sandboxes_.Make(request.id, spec.user.value_or(launch::User()));
  if (!files) {
    cgroup.reset();
    (void)records_.Remove(request.id);
    return Refusal{Reason::kSandbox, std::move(files).error()};
  }
  spec.stdio = {launch::kNullDevice, files->standard_output.number(),
                files->standard_error.number()};
  spec.monitor = launch::Monitor{folder->number(), Records::kEnding};
  auto process = launch::Launch(spec);
  if (!process) {
    cgroup.reset();
    (void)sandboxes_.Remove(request.id);
    (void)records_.Remove(request.id);
    auto error = std::move(process).error();
    return Refusal{Reason::kLaunchFailed, std::move(error.error), {}, error.step};
  }
  if (cgroup) cgroup->LetGo();
  return std::move(*process);
}

void Containers::Started(const LaunchRequest& request, const Composition& composition,
                         launch::Process process) {
  int pidfd = -1;
  const pid_t pid = process.program_pid();
  std::chrono::microseconds took{};
  {
    const std::lock_guard lock(mutex_);
    Container& container = containers_.at(request.id);
    container.phase = Phase::kRunning;
    container.has_filter = composition.spec.filter.has_value();
    container.cgroup = CgroupOf(request.id, composition);
    container.heritage = {composition.profile_name,
                          request.user ? request.user : request.inherited.user};
    container.process = std::move(process);
    container.pid = pid;
    pidfd = container.process->end_pidfd();
    took =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - container.requested);
    const auto parent = ParentOf(request.id);
    const bool is_orphan = parent && containers_.at(*parent).phase != Phase::kRunning;
    if (stopping_ || is_orphan) SendKill(request.id, container);
  }
  Count(metrics_.launches);
  metrics_.launch_duration.Record(took);
  log_.Write(Level::kInfo, "launch",
             {{"container", request.id},
              {"profile", composition.profile_name.value_or("")},
              {"unconfined", composition.profile_name ? "" : "true"},
              {"pid", pid},
              {"us", took.count()}});
  // The process is not reaped, and its descriptor not closed, before this has fired.
  scheduler_.WhenReadable(pidfd, [this, id = request.id] { Ended(id); });
}

void Containers::Report(const std::string& id, const Refusal& refusal) {
  metrics_.CountRefusal(refusal);
  std::string rules;
  for (const std::string& rule : refusal.rules) rules += (rules.empty() ? "" : ",") + rule;
  log_.Write(Level::kWarning, "refusal",
             {{"container", id},
              {"reason", ReasonName(refusal.reason)},
              {"rules", rules},
              {"step", refusal.step ? StepName(*refusal.step) : ""},
              {"error", refusal.error.message}});
}

void Containers::ReportMalformed(const Error& error) { Report("", {Reason::kMalformed, error}); }

void Containers::Refuse(const std::string& id, const LaunchCallback& done, Refusal refusal) {
  Report(id, refusal);
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Erase(id, calls);
    AddStopped(calls);
  }
  done(std::move(refusal));
  MakeCalls(calls);
}

Containers::Cancel Containers::Wait(const std::string& id, WaitCallback done) {
  std::optional<Termination> termination;
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    const bool is_known = found != containers_.end();
    if (is_known && found->second.phase < Phase::kEnded) {
      const std::uint64_t number = next_waiter_++;
      found->second.waiters.emplace(number, std::move(done));
      return [this, id, number] {
        const std::lock_guard inner_lock(mutex_);
        const auto container = containers_.find(id);
        if (container != containers_.end()) container->second.waiters.erase(number);
      };
    }
    if (is_known) termination = found->second.termination;
  }
  done(termination);
  return nullptr;
}

// Not where the call was read: those threads have no privileges, and signal no other user.
void Containers::Kill(const std::string& id, int signal, KillCallback done) {
  if (signal < 1 || signal > SIGRTMAX) {
    return done(Error{ErrorCode::kInvalid, "there is no signal " + std::to_string(signal), 0});
  }
  scheduler_.Soon([this, id, signal, done = std::move(done)] { done(KillNow(id, signal)); });
}

Status Containers::KillNow(const std::string& id, int signal) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = containers_.find(id);
    if (found == containers_.end() || !found->second.process) return NotFound(id);
    found->second.last_signal = signal;
    records_.NoteSignal(id, signal);
    if (!found->second.process->Signal(signal)) return NotFound(id);  // ESRCH: has ended
  }
  log_.Write(Level::kInfo, "kill", {{"container", id}, {"signal", launch::SignalName(signal)}});
  return {};
}

void Containers::Remove(const std::string& id, RemoveCallback done) {
  Status refusal;
  std::vector<std::string> ids;  // with those that are nested in it, which have ended before it
  {
    const std::lock_guard lock(mutex_);
    // One that is not known may have left its sandbox behind with an earlier agent. The entry keeps
    // others from launching under this id meanwhile.
    const bool is_unknown = containers_.try_emplace(id, Container{.phase = Phase::kEnded}).second;
    for (const auto& [other, container] : containers_) {
      if (other != id && !IsWithin(other, id)) continue;
      ids.push_back(other);
      if (container.phase == Phase::kEnded) continue;
      refusal = Error{ErrorCode::kInvalid, "Container '" + other + "' has not terminated yet", 0};
    }
    if (!refusal && is_unknown) containers_.erase(id);
    if (refusal) {
      for (const std::string& other : ids) containers_.at(other).phase = Phase::kRemoving;
    }
  }
  if (!refusal) return done(std::move(refusal));
  scheduler_.Post([this, ids = std::move(ids), done = std::move(done)] { RemoveNow(ids, done); });
}

// The innermost first: the ids are sorted.
void Containers::RemoveNow(const std::vector<std::string>& ids, const RemoveCallback& done) {
  Status result;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    bool was_known = false;
    std::string cgroup;
    {
      const std::lock_guard lock(mutex_);
      const Container& container = containers_.at(*id);
      was_known = container.termination.has_value();
      cgroup = container.cgroup;
    }
    Status removed =
        was_known || sandboxes_.Exists(*id) ? sandboxes_.Remove(*id) : Status(NotFound(*id));
    if (removed) removed = EndCgroup(*id, cgroup);  // is gone, but for one that was stuck
    // Last: until then an agent that is started again knows of it.
    if (removed) removed = records_.Remove(*id);
    {
      const std::lock_guard lock(mutex_);
      if (was_known && !removed) {
        containers_.at(*id).phase = Phase::kEnded;  // to be tried again
      } else {
        containers_.erase(*id);
      }
    }
    log_.Write(removed ? Level::kInfo : Level::kWarning, "remove",
               {{"container", *id}, {"error", removed ? "" : removed.error().message}});
    if (!removed) result = std::move(removed);
  }
  done(std::move(result));
}

std::vector<ContainerInfo> Containers::List() const {
  std::vector<ContainerInfo> list;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, container] : containers_) {
    if (container.phase == Phase::kLaunching || container.phase == Phase::kRemoving) continue;
    ContainerInfo info{id, std::nullopt, container.heritage.profile_name};
    if (container.process && container.pid > 0) info.pid = container.pid;
    list.push_back(std::move(info));
  }
  return list;
}

Containers::Counts Containers::counts() const {
  Counts counts;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, container] : containers_) {
    if (container.phase == Phase::kRunning || container.phase == Phase::kEnding) ++counts.running;
    if (container.phase == Phase::kEnded) ++counts.ended;
  }
  return counts;
}

void Containers::Stop(std::function<void()> done) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_ = std::move(done);
    std::vector<std::string> unchecked;
    for (auto& [id, container] : containers_) {
      if (!container.launch_done) continue;
      unchecked.push_back(id);
      calls.push_back([this, id = id, launch_done = std::move(container.launch_done)] {
        Report(id, Stopping());
        launch_done(Stopping());
      });
    }
    for (const std::string& id : unchecked) Erase(id, calls);
    // The others follow when those that are nested in them have ended.
    for (auto& [id, container] : containers_) {
      if (container.process && container.nested == 0) {
        SendKill(id, container);
      }
    }
    AddStopped(calls);
  }
  MakeCalls(calls);
}

void Containers::AddStopped(Calls& calls) {
  if (!stopping_ || !stopped_) return;
  for (const auto& [id, container] : containers_) {
    if (container.phase < Phase::kEnded) return;
  }
  calls.push_back(std::exchange(stopped_, nullptr));
}

}  // namespace runtime::agent
