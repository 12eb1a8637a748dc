// How many connections and requests there are: for the limit on them, and for an orderly end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace runtime::agent {

// Who goes first where there is no room.
enum class Guest : std::uint8_t {
  kStranger,  // has not sent a whole request yet, as somebody who may
  kWaiter,    // waits for something that may be long in coming, and can be asked for again
};

class Traffic {
 public:
  // Of one offer to go; that of nobody by default.
  using Ticket = std::pair<Guest, std::uint64_t>;

  explicit Traffic(std::size_t max_connections) : max_connections_(max_connections) {}

  // Takes one more connection. Where there are as many as there may be, one goes for it: the
  // stranger that has been there longest, else the waiter that has waited longest, lest those who
  // say nothing, or only wait, lock all others out. false: there is neither, or too many that were
  // told to go have not gone yet. Each true is ended by a Disconnect.
  bool Connect() {
    std::function<void()> leave;
    {
      const std::lock_guard lock(mutex_);
      if (connections_ >= max_connections_) {
        if (leaves_.empty() || connections_ >= max_connections_ + kMostLeaving) return false;
        leave = std::move(leaves_.begin()->second);
        leaves_.erase(leaves_.begin());
      }
      ++connections_;
    }
    if (leave) leave();
    return true;
  }
  // A connection can go from now on, until it is withdrawn. `leave`: called once at most, from any
  // thread.
  Ticket OfferToLeave(Guest guest, std::function<void()> leave) {
    const std::lock_guard lock(mutex_);
    const Ticket ticket = {guest, ++last_offer_};
    leaves_.emplace(ticket, std::move(leave));
    return ticket;
  }
  void Withdraw(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    leaves_.erase(ticket);
  }
  void Disconnect(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    leaves_.erase(ticket);
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
  std::uint64_t last_offer_ = 0;
  std::map<Ticket, std::function<void()>> leaves_;  // in the order of their going
  std::size_t requests_ = 0;
  std::function<void()> idle_;
};

}  // namespace runtime::agent
