#include "runtime/agent/line_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <utility>

namespace runtime::agent {
namespace {

constexpr std::chrono::seconds kLastLines{1};

// Whoever reads may have gone: there is nobody to tell, and nothing to do about it.
void Write(int fd, const std::string& line) {
  while (write(fd, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

bool IsFile(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

struct LineWriter::State {
  State(int to, std::function<std::string(std::uint64_t)> about)
      : fd(to), about_dropped(std::move(about)) {}

  const int fd;
  const std::function<std::string(std::uint64_t)> about_dropped;

  std::mutex mutex;
  std::condition_variable changed;
  bool has_thread = false;
  bool is_writing = false;
  bool is_ending = false;
  std::deque<std::string> lines;
  std::size_t bytes = 0;  // of them
  std::uint64_t dropped = 0;

  void Add(std::string line) {
    bytes += line.size();
    lines.push_back(std::move(line));
  }
  std::string Take() {
    std::string line = std::move(lines.front());
    lines.pop_front();
    bytes -= line.size();
    // Here, where they are missing: nothing was added since the first of them.
    if (dropped > 0 && bytes <= kMaxBytes / 2) {
      if (std::string about = about_dropped(std::exchange(dropped, 0)); !about.empty()) {
        Add(std::move(about));
      }
    }
    return line;
  }
  bool IsIdle() const { return lines.empty() && !is_writing; }
  void Run();
};

void LineWriter::State::Run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return is_ending || !lines.empty(); });
    if (lines.empty()) return;
    const std::string line = Take();
    is_writing = true;
    lock.unlock();
    Write(fd, line);
    lock.lock();
    is_writing = false;
    if (lines.empty()) changed.notify_all();
  }
}

LineWriter::LineWriter(int fd, std::function<std::string(std::uint64_t)> about_dropped)
    : state_(std::make_shared<State>(fd, std::move(about_dropped))) {}

LineWriter::~LineWriter() {
  Flush();
  bool is_stuck = false;
  {
    const std::lock_guard lock(state_->mutex);
    is_stuck = state_->is_writing;
    state_->lines.clear();  // the descriptor may be closed soon
    state_->is_ending = true;
    state_->changed.notify_all();
  }
  if (!thread_.joinable()) return;
  if (is_stuck) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

schema::Status LineWriter::Start(const std::function<schema::Status()>& confine) {
  if (IsFile(state_->fd)) return {};
  std::promise<schema::Status> promise;
  auto confined = promise.get_future();
  sigset_t all = {};
  sigset_t old = {};
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  thread_ = std::thread([state = state_, confine, promise = std::move(promise)]() mutable noexcept {
    schema::Status status = confine();
    const bool may_run = status.has_value();
    promise.set_value(std::move(status));
    if (may_run) state->Run();
  });
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  schema::Status status = confined.get();
  const std::lock_guard lock(state_->mutex);
  state_->has_thread = status.has_value();
  return status;
}

void LineWriter::Put(std::string line) const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->has_thread) return Write(state_->fd, line);
  const bool has_room = state_->dropped == 0 && state_->bytes + line.size() <= kMaxBytes;
  if (!has_room && !state_->lines.empty()) {
    ++state_->dropped;
    return;
  }
  state_->Add(std::move(line));
  state_->changed.notify_all();
}

void LineWriter::Flush() const {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, kLastLines, [this] { return state_->IsIdle(); });
}

}  // namespace runtime::agent
