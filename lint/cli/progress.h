// One line on a terminal that says how far a long run is.

#pragma once

#include <chrono>
#include <cstddef>

namespace lint::cli {

class Progress {
 public:
  // Shows nothing unless `wanted` and stderr is a terminal that can erase a line.
  Progress(bool wanted, std::size_t total);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "12 of 300 files", once the run has taken half a second, and not more often than can be read.
  void Show(std::size_t done);

  // Before anything else is written.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool shown_ = false;
  std::size_t total_;
  Clock::time_point next_;
};

}  // namespace lint::cli
