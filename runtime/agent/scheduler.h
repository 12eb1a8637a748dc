// What the containers need of the program's event loop.

#pragma once

#include <functional>

namespace runtime::agent {

// All return at once, and may be called from any thread.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  // Runs `work` on a thread that may block, and that lives as long as the agent.
  virtual void Post(std::function<void()> work) = 0;
  // The same for work that waits for a program that is not ours, for as long as that likes: of
  // these threads there are few, and nothing that is posted otherwise waits for them.
  virtual void PostPatient(std::function<void()> work) = 0;
  // Runs `work`, which does not block, on the thread that tells of ends: it has all privileges, and
  // no launch keeps it waiting.
  virtual void Soon(std::function<void()> work) = 0;
  // Runs `ready` there once when `fd` can be read. `fd` stays open until then.
  virtual void WhenReadable(int fd, std::function<void()> ready) = 0;
};

}  // namespace runtime::agent
