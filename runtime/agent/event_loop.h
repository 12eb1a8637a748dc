// The threads of the agent: a few that wait for events, a few that may block.

#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "runtime/agent/scheduler.h"

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
  void WhenReadable(int fd, std::function<void()> ready) override;

  // Calls `stop` on the first TERM or INT since the loop was made. A second one ends the process as
  // if it had no handler.
  void OnStopSignal(std::function<void()> stop);

  // Calls `work` each time that `interval` has passed, the first time when it has once. Once.
  void Every(std::chrono::microseconds interval, std::function<void()> work);

  // Runs until Stop; what was posted before is done when the loop is destroyed. A callback that
  // throws ends the process (std::terminate): it has lost track of its containers, which die with
  // it.
  void Run();
  void Stop();

  boost::asio::io_context& context();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace runtime::agent
