// How many connections and requests there are: for the limit on them, and for an orderly end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace runtime::agent {

class Traffic {
 public:
  explicit Traffic(std::size_t max_connections) : max_connections_(max_connections) {}

  // Takes one more connection. Where there are as many as there may be, the stranger that has
  // waited longest is dropped for it, lest whoever connects and says nothing locks all others out.
  // false: there is no stranger, or too many that were dropped have not gone yet. Each true is
  // ended by a Disconnect.
  bool Connect() {
    std::function<void()> drop;
    {
      const std::lock_guard lock(mutex_);
      if (connections_ >= max_connections_) {
        if (strangers_.empty() || connections_ >= max_connections_ + kMostLeaving) return false;
        drop = std::move(strangers_.begin()->second);
        strangers_.erase(strangers_.begin());
      }
      ++connections_;
    }
    if (drop) drop();
    return true;
  }
  // It has not sent a whole request yet, as somebody who may. `drop`: called once at most, from any
  // thread. Returns its number.
  std::uint64_t AddStranger(std::function<void()> drop) {
    const std::lock_guard lock(mutex_);
    strangers_.emplace(++last_stranger_, std::move(drop));
    return last_stranger_;
  }
  void Introduce(std::uint64_t stranger) {
    const std::lock_guard lock(mutex_);
    strangers_.erase(stranger);
  }
  void Disconnect(std::uint64_t stranger) {
    const std::lock_guard lock(mutex_);
    strangers_.erase(stranger);
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
  static constexpr std::size_t kMostLeaving = 64;

  const std::size_t max_connections_;
  std::mutex mutex_;
  std::size_t connections_ = 0;
  std::uint64_t last_stranger_ = 0;                           // 0: of nobody
  std::map<std::uint64_t, std::function<void()>> strangers_;  // in the order of their coming
  std::size_t requests_ = 0;
  std::function<void()> idle_;
};

}  // namespace runtime::agent
