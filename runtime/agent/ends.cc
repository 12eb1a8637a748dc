// What Containers does when a container ends: see Containers::Ended.

#include <sys/wait.h>

#include <csignal>
#include <mutex>
#include <utility>

#include "runtime/agent/container_cgroup.h"
#include "runtime/agent/container_id.h"
#include "runtime/agent/containers.h"
#include "runtime/launch/ending.h"
#include "runtime/launch/wait.h"

namespace runtime::agent {

using schema::Status;

namespace {

// An earlier agent was just launching it, and died.
bool WasCutOff(const launch::Process& process) {
  const auto& monitor = process.monitor();
  if (!monitor || monitor->is_child) return false;
  const auto ending = launch::ReadEnding(monitor->folder.number(), monitor->name);
  return ending && *ending && !(*ending)->has_begun;
}

}  // namespace

bool Termination::filter_killed() const {
  return was_filtered && !was_killed && status && WIFSIGNALED(*status) &&
         WTERMSIG(*status) == SIGSYS;
}

std::string Termination::Words() const {
  if (!status) return "lost";
  return was_filtered && !was_killed ? launch::DescribeFilteredExit(*status)
                                     : launch::DescribeExit(*status);
}

void Containers::SendKill(const std::string& id, Container& container) {
  container.last_signal = SIGKILL;
  records_.NoteSignal(id, SIGKILL);
  (void)container.process->Signal(SIGKILL);  // ESRCH: it has ended
}

void Containers::MakeCalls(const Calls& calls) {
  for (const auto& call : calls) call();
}

// Of one that was never running.
void Containers::Erase(const std::string& id, Calls& calls) {
  const auto found = containers_.find(id);
  for (auto& [number, waiter] : found->second.waiters) {
    calls.push_back([waiter = std::move(waiter)] { waiter(std::nullopt); });
  }
  containers_.erase(found);
  LoseNested(ParentOf(id), calls);
}

// One that was nested in `parent` is no more.
void Containers::LoseNested(const std::optional<std::string>& parent, Calls& calls) {
  if (!parent) return;
  Container& container = containers_.at(*parent);
  --container.nested;
  if (container.phase == Phase::kEnding) return Settle(*parent, calls);
  if (stopping_ && container.nested == 0 && container.process) {
    SendKill(*parent, container);
  }
}

// Its leader has ended: if all that is nested in it has, too, it has ended itself.
void Containers::Settle(const std::string& id, Calls& calls) {
  Container& container = containers_.at(id);
  container.phase = Phase::kEnding;
  if (container.nested > 0) return;
  container.phase = Phase::kEnded;
  for (auto& [number, waiter] : container.waiters) {
    calls.push_back(
        [waiter = std::move(waiter), termination = container.termination] { waiter(termination); });
  }
  container.waiters.clear();
  ReportEnd(id, *container.termination);  // with the lock: the lines are in the order of the ends
  LoseNested(ParentOf(id), calls);
}

void Containers::KillNested(const std::string& id) {
  // In the map they stand together.
  for (auto other = containers_.lower_bound(id + '/');
       other != containers_.end() && IsWithin(other->first, id); ++other) {
    if (other->second.process) SendKill(other->first, other->second);
  }
}

void Containers::Ended(const std::string& id) {
  const launch::Process* process = nullptr;
  std::string cgroup;
  {
    const std::lock_guard lock(mutex_);
    const Container& container = containers_.at(id);
    process = &*container.process;  // stays until Conclude resets it
    cgroup = container.cgroup;
  }
  const auto waited = process->Wait();
  const auto status = waited ? std::optional(*waited) : std::nullopt;
  if (WasCutOff(*process)) return scheduler_.Post([this, id] { Undo(id); });
  if (cgroup.empty()) return Conclude(id, status);
  // Here one may block: what the leader has left behind takes a moment to go.
  scheduler_.Post([this, id, cgroup, status] {
    (void)EndCgroup(id, cgroup);
    Conclude(id, status);
  });
}

Status Containers::EndCgroup(const std::string& id, const std::string& cgroup) const {
  if (cgroup.empty()) return {};
  Status status = launch::Cgroup::End(cgroup);
  if (!status) {
    log_.Write(Level::kWarning, "cgroup", {{"container", id}, {"error", status.error().message}});
  }
  return status;
}

void Containers::Undo(const std::string& id) {
  std::string cgroup;
  bool holds_others = false;
  {
    const std::lock_guard lock(mutex_);
    Container& container = containers_.at(id);
    cgroup = container.cgroup;
    holds_others = container.nested > 0;
    if (!holds_others) container.phase = Phase::kRemoving;
  }
  // Whoever has found it in the list meanwhile may have launched others in it: it goes after them.
  if (holds_others) return Conclude(id, std::nullopt);
  (void)UndoFiles(id, cgroup);
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Erase(id, calls);
    AddStopped(calls);
  }
  MakeCalls(calls);
}

Status Containers::UndoFiles(const std::string& id, const std::string& cgroup) const {
  (void)EndCgroup(id, cgroup);
  Status status = sandboxes_.Remove(id);
  if (status) status = records_.Remove(id);
  log_.Write(status ? Level::kInfo : Level::kWarning, "undone",
             {{"container", id}, {"error", status ? "" : status.error().message}});
  return status;
}

void Containers::Conclude(const std::string& id, std::optional<int> status) {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    Container& container = containers_.at(id);
    Termination termination;
    termination.status = status;
    termination.was_filtered = container.has_filter;
    termination.was_killed =
        status && WIFSIGNALED(*status) && WTERMSIG(*status) == container.last_signal;
    container.termination = termination;
    container.process.reset();
    KillNested(id);
    Settle(id, calls);
    AddStopped(calls);
  }
  MakeCalls(calls);
}

void Containers::ReportEnd(const std::string& id, const Termination& termination) const {
  Count(metrics_.ends);
  const bool by_filter = termination.filter_killed();
  if (by_filter) Count(metrics_.filter_deaths);
  log_.Write(by_filter ? Level::kWarning : Level::kInfo, "end",
             {{"container", id},
              {"status", termination.Words()},
              {"killed", termination.was_killed ? "true" : ""},
              {"filter", by_filter ? "true" : ""}});
}

}  // namespace runtime::agent
