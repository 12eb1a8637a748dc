// What the agent counts. Each is one atomic number: counting takes no lock, and a reader sees every
// counter as it was at some moment of its reading.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/agent/refusal.h"
#include "runtime/launch/step.h"

namespace runtime::agent {

using Counter = std::atomic<std::uint64_t>;

inline void Count(Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

// Of durations, with fixed buckets.
class Histogram {
 public:
  // The upper ends of the buckets, inclusive; one more bucket holds what is longer.
  static constexpr std::array<std::chrono::microseconds, 12> kBounds = {
      std::chrono::microseconds(250),    std::chrono::microseconds(500),
      std::chrono::microseconds(1000),   std::chrono::microseconds(2000),
      std::chrono::microseconds(5000),   std::chrono::microseconds(10000),
      std::chrono::microseconds(20000),  std::chrono::microseconds(50000),
      std::chrono::microseconds(100000), std::chrono::microseconds(200000),
      std::chrono::microseconds(500000), std::chrono::microseconds(1000000)};

  struct Snapshot {
    std::array<std::uint64_t, kBounds.size() + 1> buckets = {};  // each alone, not summed up
    std::uint64_t count = 0;                                     // of the buckets
    std::chrono::microseconds sum{};
  };

  void Record(std::chrono::microseconds duration);
  Snapshot snapshot() const;

 private:
  std::array<Counter, kBounds.size() + 1> buckets_ = {};
  Counter sum_ = 0;  // microseconds
};

// The calls of the API, in the order of the metrics. "OTHER": known to Mesos, not answered here;
// "NONE": no call was read.
inline constexpr std::array<std::string_view, 11> kCallNames = {"GET_HEALTH",
                                                                "GET_VERSION",
                                                                "GET_FLAGS",
                                                                "GET_METRICS",
                                                                "GET_CONTAINERS",
                                                                "LAUNCH_CONTAINER",
                                                                "WAIT_CONTAINER",
                                                                "KILL_CONTAINER",
                                                                "REMOVE_CONTAINER",
                                                                "OTHER",
                                                                "NONE"};

// HTTP's statuses that the agent answers with; 0: any other.
inline constexpr std::array<unsigned, 15> kStatuses = {200, 202, 400, 401, 403, 404, 405, 406,
                                                       413, 415, 431, 500, 501, 503, 0};

// Connections that were closed before a request was read, or its answer taken.
enum class Rejection : std::uint8_t { kPeer, kTooMany, kHandshake, kTimeout };
inline constexpr std::array<std::string_view, 4> kRejectionNames = {"peer", "too_many", "handshake",
                                                                    "timeout"};

struct Metrics {
  const std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point started_steady = std::chrono::steady_clock::now();

  Counter launches = 0;                                    // that ended in a running container
  Counter ends = 0;                                        // of containers
  Counter filter_deaths = 0;                               // those killed by their filter
  std::array<Counter, kReasonNames.size()> refusals = {};  // by Reason
  static constexpr std::size_t kMaxSteps = 64;
  std::array<Counter, kMaxSteps> failed_steps = {};  // by the index in StepNames()
  Histogram launch_duration;                         // from the request to the running container
  std::array<std::array<Counter, kStatuses.size()>, kCallNames.size()> requests = {};
  std::array<Counter, kRejectionNames.size()> rejections = {};

  void CountRefusal(const Refusal& refusal);
  // `call`: one of kCallNames, or any other, which counts as NONE.
  void CountRequest(std::string_view call, unsigned status);
  void CountRejection(Rejection rejection) {
    Count(rejections[static_cast<std::size_t>(rejection)]);
  }
};

}  // namespace runtime::agent
