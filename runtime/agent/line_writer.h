// Writes lines to a descriptor whose reader may stall: nobody waits for him.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "schema/error.h"

namespace runtime::agent {

// From any thread. A line is one write(2), in the order of Put.
class LineWriter {
 public:
  // What may wait for the reader. A line that is longer than that finds room when it is alone.
  static constexpr std::size_t kMaxBytes = std::size_t{256} * 1024;

  // `fd` stays open. `about_dropped`: the line that says how many were dropped; empty: none.
  LineWriter(int fd, std::function<std::string(std::uint64_t lines)> about_dropped);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  // As Flush. What is not written then is lost.
  ~LineWriter();

  // Until here Put itself writes, and to a file it still does: that has no reader who could stall,
  // and has the lines before a kill. To all else a thread writes from now on, which calls `confine`
  // first and gets no signals. A line that finds no room is dropped, and so are the next ones until
  // half of it is free; a line in their place then says how many. Once. Errors: of `confine`.
  schema::Status Start(const std::function<schema::Status()>& confine);

  void Put(std::string line) const;

  // Waits until all is written, for a second at most.
  void Flush() const;

 private:
  struct State;

  std::shared_ptr<State> state_;  // the thread's, too, which may never come back from write(2)
  std::thread thread_;
};

}  // namespace runtime::agent
