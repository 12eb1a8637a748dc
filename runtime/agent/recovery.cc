// What Containers does at its start: see Containers::Recover.

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/agent/container_cgroup.h"
#include "runtime/agent/container_id.h"
#include "runtime/agent/containers.h"
#include "runtime/launch/adopt.h"
#include "runtime/launch/ending.h"
#include "runtime/launch/wait.h"

namespace runtime::agent {

using schema::Error;
using schema::Status;

namespace {

// Kills it, and waits a moment for its monitor, which ends after it. False: it has not ended.
bool EndNow(const launch::Process& process) {
  constexpr int kMostMilliseconds = 1000;
  (void)process.Signal(SIGKILL);  // ESRCH: it has ended
  pollfd ended = {process.end_pidfd(), POLLIN, 0};
  return poll(&ended, 1, kMostMilliseconds) > 0;
}

}  // namespace

// The name of the folder alone leads to its monitor and to its cgroup. It is named by it also in
// the log: the id has slashes for the pluses, where it was nested.
void Containers::EndDamaged(const DamagedRecord& record, const launch::Monitors& monitors) const {
  const std::string folder = records_.FolderFor(record.name);
  const auto process = launch::Adopt(monitors, folder, Records::kEnding);
  const bool runs = process && *process;
  const bool has_ended = !runs || EndNow(**process);
  (void)EndCgroup(record.name, CgroupName(folder, record.name));
  // What cannot be killed keeps its record: the next agent tries again.
  const auto kept = has_ended ? records_.SetAside(record.name) : folder;
  log_.Write(Level::kError, "damaged",
             {{"container", record.name},
              {"file", folder + "/" + Records::kAbout},
              {"error", record.reason},
              {"pid", runs ? std::to_string((*process)->pid()) : ""},
              {"killed", runs && has_ended ? "true" : ""},
              {"stuck", has_ended ? "" : "true"},
              {"unseen", process ? "" : process.error().message},
              {"kept", kept ? *kept : ""},
              {"not_kept", kept ? "" : kept.error().message},
              {"sandbox", sandboxes_.PathOf(record.name)}});
}

Status Containers::RecoverOne(const Record& record, const launch::Monitors& monitors) {
  const std::string folder = records_.FolderFor(record.id);
  auto process = launch::Adopt(monitors, folder, Records::kEnding);
  if (!process) return std::move(process).error();
  const launch::Descriptor open_folder(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto ending = launch::ReadEnding(open_folder.number(), Records::kEnding);
  const bool has_ended = ending && *ending;
  if (!ending) {
    log_.Write(Level::kError, "damaged",
               {{"container", record.id},
                {"file", folder + "/" + Records::kEnding},
                {"error", ending.error().message}});
  }
  const bool was_cut_off =
      has_ended ? !(*ending)->has_begun : !*process && ending && !records_.CanHaveBegun(record.id);
  if (was_cut_off) return UndoFiles(record.id, record.cgroup);
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
  const auto monitors = launch::FindMonitors();
  if (!monitors) return Error(monitors.error());
  const auto list = records_.List(*monitors);
  if (!list) return Error(list.error());
  for (const DamagedRecord& record : list->damaged) EndDamaged(record, *monitors);
  const std::lock_guard lock(mutex_);
  for (const Record& record : list->records) {
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
