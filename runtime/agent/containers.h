// The containers of this agent: what runs, what has ended and not yet been removed.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/agent/composer.h"
#include "runtime/agent/launch_request.h"
#include "runtime/agent/sandbox.h"
#include "runtime/agent/scheduler.h"
#include "runtime/launch/launch.h"
#include "schema/error.h"

namespace runtime::agent {

// How a container ended.
struct Termination {
  std::optional<int> status;  // of wait(2); absent: lost, somebody else has waited
  bool was_killed = false;    // by KILL_CONTAINER's signal, or with the agent
  bool was_filtered = false;  // had a filter
};

struct ContainerInfo {
  std::string id;
  std::optional<pid_t> pid;                 // while it runs
  std::optional<std::string> profile_name;  // std::nullopt: unconfined
};

enum class LaunchOutcome { kLaunched, kExists, kStopping };

// Every function from any thread, none blocks but where it says so. Callbacks are called without a
// lock held, on any thread.
//
// A container starts as `launching`, of which nobody but LAUNCH_CONTAINER and WAIT_CONTAINER knows;
// then it runs, has ended, and is removed.
class Containers {
 public:
  Containers(Composer composer, Sandboxes sandboxes, Scheduler& scheduler)
      : composer_(std::move(composer)), sandboxes_(std::move(sandboxes)), scheduler_(scheduler) {}

  using LaunchCallback = std::function<void(schema::Result<LaunchOutcome>)>;
  // On an error, nothing is left of the container.
  void Launch(LaunchRequest request, LaunchCallback done);

  // Called once: with std::nullopt where the container is unknown, or failed to start.
  using WaitCallback = std::function<void(std::optional<Termination>)>;
  // Undoes a wait; never fails. After it, `done` may still be called if it is on its way already.
  using Cancel = std::function<void()>;
  Cancel Wait(const std::string& id, WaitCallback done);

  // Errors: kNotFound, unknown or has ended; kInvalid, no such signal.
  schema::Status Kill(const std::string& id, int signal);

  using RemoveCallback = std::function<void(schema::Status)>;
  // Errors: kInvalid, it has not ended; kNotFound, neither container nor sandbox; kSystem.
  void Remove(const std::string& id, RemoveCallback done);

  // Without those that are being launched; by id.
  std::vector<ContainerInfo> List() const;

  // Launches no more, kills all, and calls `done` when none is left running. Once.
  void Stop(std::function<void()> done);

 private:
  enum class Phase { kLaunching, kRunning, kEnded, kRemoving };

  struct Container {
    Phase phase = Phase::kLaunching;
    std::optional<launch::Process> process;  // while it runs
    bool has_pid_namespace = false;
    bool has_filter = false;
    std::optional<std::string> profile_name;
    int last_signal = 0;  // that Kill or Stop sent
    std::optional<Termination> termination;
    std::map<std::uint64_t, WaitCallback> waiters;
  };
  using Waiters = std::map<std::uint64_t, WaitCallback>;

  // On a worker: everything between the request and the running process.
  void LaunchNow(const LaunchRequest& request, const LaunchCallback& done);
  schema::Result<launch::Process> Start(const LaunchRequest& request,
                                        const Composition& composition) const;
  void Started(const std::string& id, const Composition& composition, launch::Process process);
  void Forget(const std::string& id);
  void Ended(const std::string& id);
  // If all have stopped that were to stop: what is to be called then.
  std::function<void()> TakeStopped();

  const Composer composer_;
  const Sandboxes sandboxes_;
  Scheduler& scheduler_;

  mutable std::mutex mutex_;
  std::map<std::string, Container> containers_;
  std::uint64_t next_waiter_ = 0;
  bool stopping_ = false;
  std::function<void()> stopped_;
};

}  // namespace runtime::agent
