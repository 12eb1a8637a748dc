// The threads of the agent: one for events, a few that may block, a few that may for long, and
// those that talk to clients, which have cut down their own privileges (confinement.h).

#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "runtime/agent/scheduler.h"
#include "schema/error.h"

namespace boost::asio {
class io_context;
}

namespace runtime::agent {

class EventLoop : public Scheduler {
 public:
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() override;

  void Post(std::function<void()> work) override;
  void PostPatient(std::function<void()> work) override;
  void Soon(std::function<void()> work) override;
  void WhenReadable(int fd, std::function<void()> ready) override;

  // Calls `stop` on the first TERM or INT since the loop was made. A second one ends the process as
  // if it had no handler.
  void OnStopSignal(std::function<void()> stop);

  // Calls `work` each time that `interval` has passed, the first time when it has once. Once.
  void Every(std::chrono::microseconds interval, std::function<void()> work);

  // Starts the threads that serve clients(). Each first calls `confine`, which takes its privileges
  // from it; this waits for all of them. Once. Errors: of `confine`; no client is served then.
  schema::Status StartClients(const std::function<schema::Status()>& confine);

  // Runs the events on this thread until Stop; what was posted before is done when the loop is
  // destroyed. A callback that throws ends the process (std::terminate): it has lost track of its
  // containers, which die with it.
  void Run();
  void Stop();

  // For all that a stranger can bring about: connections, TLS, HTTP, the reading of calls.
  boost::asio::io_context& clients();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace runtime::agent
