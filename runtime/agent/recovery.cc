// What Containers does at its start: see Containers::Recover.

#include <fcntl.h>
#include <sys/wait.h>

#include <mutex>
#include <utility>

#include "runtime/agent/container_id.h"
#include "runtime/agent/containers.h"
#include "runtime/launch/adopt.h"
#include "runtime/launch/ending.h"
#include "runtime/launch/wait.h"

namespace runtime::agent {

using schema::Error;
using schema::Status;

Status Containers::RecoverOne(const Record& record, const launch::Monitors& monitors) {
  const std::string folder = records_.FolderFor(record.id);
  auto process = launch::Adopt(monitors, folder, Records::kEnding);
  if (!process) return std::move(process).error();
  const launch::Descriptor open_folder(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto ending = launch::ReadEnding(open_folder.number(), Records::kEnding);
  const bool has_ended = ending && *ending;
  if (!*process && !has_ended && !records_.WasLaunched(record.id)) {
    log_.Write(Level::kInfo, "undone", {{"container", record.id}});
    (void)EndCgroup(record.id, record.cgroup);
    if (Status status = sandboxes_.Remove(record.id); !status) return status;
    return records_.Remove(record.id);
  }
  Container& container = containers_[record.id];
  container.has_filter = record.has_filter;
  container.heritage = {record.profile_name, record.user};
  container.cgroup = record.cgroup;
  container.last_signal = records_.LastSignal(record.id);
  if (*process && !has_ended) {
    container.phase = Phase::kRunning;
    container.process = std::move(**process);
    container.pid = container.process->program_pid();
    if (const auto parent = ParentOf(record.id)) ++containers_[*parent].nested;
    scheduler_.WhenReadable(container.process->end_pidfd(), [this, id = record.id] { Ended(id); });
  } else {
    (void)EndCgroup(record.id, record.cgroup);
    Termination termination;
    if (has_ended) termination.status = (*ending)->status;
    termination.was_filtered = record.has_filter;
    termination.was_killed = termination.status && WIFSIGNALED(*termination.status) &&
                             WTERMSIG(*termination.status) == container.last_signal;
    container.phase = Phase::kEnded;
    container.termination = termination;
  }
  log_.Write(Level::kInfo, "recovered",
             {{"container", record.id},
              {"running", container.process ? "true" : ""},
              {"status", container.termination ? container.termination->Words() : ""}});
  return {};
}

Status Containers::Recover() {
  auto records = records_.List();
  if (!records) return std::move(records).error();
  const auto monitors = launch::FindMonitors();
  if (!monitors) return Error(monitors.error());
  const std::lock_guard lock(mutex_);
  for (const Record& record : *records) {
    if (Status status = RecoverOne(record, *monitors); !status) return status;
  }
  // What is nested in a container that has ended follows it, as it would have.
  for (auto& [id, container] : containers_) {
    if (container.process) continue;
    if (!container.termination) container.termination = Termination();
    container.phase = container.nested > 0 ? Phase::kEnding : Phase::kEnded;
    if (container.nested > 0) KillNested(id);
  }
  return {};
}

}  // namespace runtime::agent
