// Work on several threads, the results in order.

#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace lint::cli {

// Calls work(i) for each i below `count` on `jobs` threads, this one included, and done(i, result)
// in order of i, never two at once. No thread runs far ahead of a slow one: few results wait at any
// time. What `work` or `done` throws is thrown here, after the threads have ended.
template <class Work, class Done>
void InOrder(std::size_t count, std::size_t jobs, const Work& work, const Done& done) {
  using Outcome = std::invoke_result_t<const Work&, std::size_t>;
  const std::size_t at_most_ahead = 16 * jobs;
  std::mutex mutex;
  std::condition_variable moved_on;
  std::map<std::size_t, Outcome> waiting;
  std::size_t next = 0;
  std::size_t finished = 0;
  std::exception_ptr failure;
  const auto run = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      moved_on.wait(lock, [&] { return next >= count || next < finished + at_most_ahead; });
      if (next >= count) return;
      const std::size_t i = next++;
      lock.unlock();
      try {
        Outcome outcome = work(i);
        lock.lock();
        waiting.emplace(i, std::move(outcome));
        for (auto first = waiting.begin(); first != waiting.end() && first->first == finished;
             first = waiting.erase(first), ++finished) {
          done(first->first, std::move(first->second));
        }
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        failure = std::current_exception();
        next = count;
      }
      moved_on.notify_all();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(jobs, count); ++i) threads.emplace_back(run);
    run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace lint::cli
