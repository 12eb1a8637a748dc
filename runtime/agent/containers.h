// The containers of this agent: what runs, what has ended and not yet been removed.

#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/agent/composer.h"
#include "runtime/agent/launch_request.h"
#include "runtime/agent/log.h"
#include "runtime/agent/metrics.h"
#include "runtime/agent/records.h"
#include "runtime/agent/refusal.h"
#include "runtime/agent/sandbox.h"
#include "runtime/agent/scheduler.h"
#include "runtime/launch/adopt.h"
#include "runtime/launch/launch.h"
#include "schema/error.h"

namespace runtime::agent {

// How a container ended.
struct Termination {
  std::optional<int> status;  // of wait(2); absent: lost, somebody else has waited
  bool was_killed = false;    // by KILL_CONTAINER's signal, with its parent or with the agent
  bool was_filtered = false;  // had a filter

  bool filter_killed() const;  // by SIGSYS that nobody has sent
  std::string Words() const;   // "exited with 3"; "lost"
};

struct ContainerInfo {
  std::string id;
  std::optional<pid_t> pid;                 // while it runs
  std::optional<std::string> profile_name;  // std::nullopt: unconfined
};

enum class LaunchOutcome { kLaunched, kExists };

// Every function from any thread, none blocks but where it says so. Callbacks are called without a
// lock held, on any thread.
//
// A container starts as `launching`, of which nobody but LAUNCH_CONTAINER and WAIT_CONTAINER knows;
// then it runs, has ended, and is removed. When its leader has ended and containers that are nested
// in it have not, these are killed; it has ended when they have.
class Containers {
 public:
  Containers(Composer composer, Sandboxes sandboxes, Records records, Scheduler& scheduler,
             Metrics& metrics, const Log& log)
      : composer_(std::move(composer)),
        sandboxes_(std::move(sandboxes)),
        records_(std::move(records)),
        scheduler_(scheduler),
        metrics_(metrics),
        log_(log) {}

  // Before anything else: finds the containers of an agent that is no more. Those that still run
  // are ours now; of those that have ended it is known how, where their monitors lived to see it.
  // What was being launched and never started is undone; nobody was told of it. What runs under a
  // record that is damaged is killed: nobody can say under which profile it runs, and for whom.
  // Errors: kSystem.
  schema::Status Recover();

  using LaunchCallback = std::function<void(Granted<LaunchOutcome>)>;
  // When it is refused, nothing is left of the container.
  void Launch(LaunchRequest request, LaunchCallback done);

  // A launch whose request could not be read, so that there is nothing to launch: told and counted.
  void ReportMalformed(const schema::Error& error);

  // Called once: with std::nullopt where the container is unknown, or failed to start.
  using WaitCallback = std::function<void(std::optional<Termination>)>;
  // Undoes a wait; never fails. After it, `done` may still be called if it is on its way already.
  // Empty: nothing is waited for.
  using Cancel = std::function<void()>;
  Cancel Wait(const std::string& id, WaitCallback done);

  using KillCallback = std::function<void(schema::Status)>;
  // Errors: kNotFound, unknown or has ended; kInvalid, no such signal.
  void Kill(const std::string& id, int signal, KillCallback done);

  using RemoveCallback = std::function<void(schema::Status)>;
  // With all that are nested in it. Errors: kInvalid, one of them has not ended; kNotFound, neither
  // container nor sandbox; kSystem.
  void Remove(const std::string& id, RemoveCallback done);

  // Without those that are being launched; by id.
  std::vector<ContainerInfo> List() const;

  struct Counts {
    std::size_t running = 0;
    std::size_t ended = 0;
  };
  Counts counts() const;
  isolator::FilterCache::Counts cache_counts() const { return composer_.cache_counts(); }

  // Launches no more, kills all, nested ones first, and calls `done` when none is left running.
  // Launches whose profile is still being checked are refused at once. Once.
  void Stop(std::function<void()> done);

  // Whether a worker is busy checking a request, of a launch that Stop has refused perhaps.
  bool IsChecking() const { return checking_.load() > 0; }

 private:
  enum class Phase { kLaunching, kRunning, kEnding, kEnded, kRemoving };
  using Clock = std::chrono::steady_clock;

  struct Container {
    Phase phase = Phase::kLaunching;
    Clock::time_point requested = {};
    LaunchCallback launch_done = {};              // until its profile is checked
    std::optional<launch::Process> process = {};  // while it runs
    pid_t pid = -1;                               // of its program; -1: it ended at once
    bool has_filter = false;
    Inheritance heritage = {};  // for those that are nested in it
    std::string cgroup = {};    // as in its record
    std::size_t nested = 0;     // containers in it that have not ended, at the next level
    int last_signal = 0;        // that Kill, Stop or the end of its parent sent
    std::optional<Termination> termination = {};
    std::map<std::uint64_t, WaitCallback> waiters = {};
  };
  using Calls = std::vector<std::function<void()>>;  // to be made when the lock is released
  static void MakeCalls(const Calls& calls);
  void SendKill(const std::string& id, Container& container);  // of one that has a process

  // With the lock. std::nullopt: there is now an entry for it.
  std::optional<Granted<LaunchOutcome>> Enter(LaunchRequest& request, LaunchCallback& done);
  // On a worker: everything between the request and the running process. But where the filter has a
  // listener, which may keep the launch waiting, a patient thread makes the second half of it.
  void LaunchNow(const LaunchRequest& request);
  void LaunchComposed(const LaunchRequest& request, const Composition& composition);
  std::optional<LaunchCallback> TakeLaunch(const std::string& id);
  // The name of its cgroup; empty: it has none of its own.
  std::string CgroupOf(const std::string& id, const Composition& composition) const;
  Granted<launch::Process> Start(const LaunchRequest& request,
                                 const Composition& composition) const;
  void Started(const LaunchRequest& request, const Composition& composition,
               launch::Process process);
  schema::Status KillNow(const std::string& id, int signal);
  void Refuse(const std::string& id, const LaunchCallback& done, Refusal refusal);
  void Report(const std::string& id, const Refusal& refusal);
  void ReportEnd(const std::string& id, const Termination& termination) const;
  void RemoveNow(const std::vector<std::string>& ids, const RemoveCallback& done);
  void Ended(const std::string& id);
  // Blocks for a second at most, where something in it is stuck; what fails is logged.
  schema::Status EndCgroup(const std::string& id, const std::string& cgroup) const;
  // `status`: absent, it is lost.
  void Conclude(const std::string& id, std::optional<int> status);
  // Of a launch that was cut off by an earlier agent's death, before the program began: nobody was
  // told of it.
  void Undo(const std::string& id);
  schema::Status UndoFiles(const std::string& id, const std::string& cgroup) const;
  void EndDamaged(const DamagedRecord& record, const launch::Monitors& monitors) const;
  schema::Status RecoverOne(const Record& record, const launch::Monitors& monitors);

  // With the lock.
  void Erase(const std::string& id, Calls& calls);
  void Settle(const std::string& id, Calls& calls);
  void LoseNested(const std::optional<std::string>& parent, Calls& calls);
  void KillNested(const std::string& id);
  void AddStopped(Calls& calls);

  const Composer composer_;
  const Sandboxes sandboxes_;
  const Records records_;
  Scheduler& scheduler_;
  Metrics& metrics_;
  const Log& log_;

  mutable std::mutex mutex_;
  std::map<std::string, Container> containers_;
  std::uint64_t next_waiter_ = 0;
  bool stopping_ = false;
  std::function<void()> stopped_;
  std::atomic<int> checking_ = 0;
};

}  // namespace runtime::agent
