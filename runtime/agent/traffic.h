// How many connections and requests there are: for the limit on them, and for an orderly end.

#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace runtime::agent {

class Traffic {
 public:
  explicit Traffic(std::size_t max_connections) : max_connections_(max_connections) {}

  // false: there are as many connections as there may be. Each true is ended by a Disconnect.
  bool Connect() {
    const std::lock_guard lock(mutex_);
    if (connections_ >= max_connections_) return false;
    ++connections_;
    return true;
  }
  void Disconnect() {
    const std::lock_guard lock(mutex_);
    --connections_;
  }

  // A request is read; its answer is sent, or nobody waits for it any longer.
  void BeginRequest() {
    const std::lock_guard lock(mutex_);
    ++requests_;
  }
  void EndRequest() {
    std::function<void()> idle;
    {
      const std::lock_guard lock(mutex_);
      if (--requests_ == 0) idle = std::exchange(idle_, nullptr);
    }
    if (idle) idle();
  }

  // Calls `idle` once, as soon as no request is unanswered: perhaps at once.
  void WhenIdle(std::function<void()> idle) {
    {
      const std::lock_guard lock(mutex_);
      if (requests_ > 0) {
        idle_ = std::move(idle);
        return;
      }
    }
    idle();
  }

 private:
  const std::size_t max_connections_;
  std::mutex mutex_;
  std::size_t connections_ = 0;
  std::size_t requests_ = 0;
  std::function<void()> idle_;
};

}  // namespace runtime::agent
