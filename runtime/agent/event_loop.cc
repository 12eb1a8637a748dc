#include "runtime/agent/event_loop.h"

#include <fcntl.h>
#include <poll.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <csignal>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace runtime::agent {
namespace {

namespace asio = boost::asio;

// Events are short; launches take some 20 ms of linting, compiling and cloning.
constexpr int kClientThreads = 2;
constexpr int kWorkerThreads = 4;
constexpr int kPatientThreads = 4;

using Waited = std::shared_ptr<asio::posix::stream_descriptor>;

bool CanBeRead(int fd, int timeout_ms) {
  pollfd polled = {fd, POLLIN, 0};
  int count = 0;
  do {
    count = poll(&polled, 1, timeout_ms);
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

void WaitFor(const Waited& descriptor, std::function<void()> ready) {
  descriptor->async_wait(
      asio::posix::descriptor_base::wait_read,
      [descriptor, ready = std::move(ready)](const boost::system::error_code& error) noexcept {
        if (error) return;
        // Asio may report what has happened to another descriptor, closed before this one was
        // opened.
        if (CanBeRead(descriptor->native_handle(), 0)) return ready();
        WaitFor(descriptor, ready);
      });
}

}  // namespace

struct EventLoop::Parts {
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;

  asio::io_context context{1};
  asio::io_context clients{kClientThreads};
  Guard clients_guard = asio::make_work_guard(clients);
  asio::signal_set signals{context, SIGTERM, SIGINT};  // keeps those that come before a wait
  asio::steady_timer timer{context};
  // Before the threads of clients, and not by one of them: a thread inherits its filter.
  // It goes before what stands above, which workers use.
  asio::thread_pool workers{kWorkerThreads};
  asio::thread_pool patient{kPatientThreads};
  std::vector<std::jthread> client_threads;
};

EventLoop::EventLoop() : parts_(std::make_unique<Parts>()) {}

EventLoop::~EventLoop() {
  parts_->clients.stop();
  parts_->client_threads.clear();
  parts_->workers.join();  // what they do may post to those
  parts_->patient.join();
}

asio::io_context& EventLoop::clients() { return parts_->clients; }

schema::Status EventLoop::StartClients(const std::function<schema::Status()>& confine) {
  std::vector<std::future<schema::Status>> confined;
  std::promise<void> all_confined;
  const std::shared_future<void> go = all_confined.get_future().share();
  for (int i = 0; i < kClientThreads; ++i) {
    std::promise<schema::Status> promise;
    confined.push_back(promise.get_future());
    parts_->client_threads.emplace_back(
        [this, confine, go, promise = std::move(promise)]() mutable noexcept {
          promise.set_value(confine());
          go.wait();
          parts_->clients.run();
        });
  }
  schema::Status result;
  for (auto& status : confined) {
    schema::Status one = status.get();
    if (result && !one) result = std::move(one);
  }
  if (!result) parts_->clients.stop();
  all_confined.set_value();
  return result;
}

void EventLoop::Soon(std::function<void()> work) {
  asio::post(parts_->context, [work = std::move(work)]() noexcept { work(); });
}

void EventLoop::Post(std::function<void()> work) {
  // noexcept: what a worker cannot handle must not pass for a success.
  asio::post(parts_->workers, [work = std::move(work)]() noexcept { work(); });
}

void EventLoop::PostPatient(std::function<void()> work) {
  asio::post(parts_->patient, [work = std::move(work)]() noexcept { work(); });
}

void EventLoop::WhenReadable(int fd, std::function<void()> ready) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) {  // no descriptor is free: a worker waits instead
    Post([fd, ready = std::move(ready)] {
      if (CanBeRead(fd, -1)) ready();
    });
    return;
  }
  WaitFor(std::make_shared<asio::posix::stream_descriptor>(parts_->context, copy),
          std::move(ready));
}

void EventLoop::OnStopSignal(std::function<void()> stop) {
  parts_->signals.async_wait(
      [this, stop = std::move(stop)](const boost::system::error_code& error, int) noexcept {
        if (error) return;
        parts_->signals.clear();
        stop();
      });
}

void EventLoop::Every(std::chrono::microseconds interval, std::function<void()> work) {
  parts_->timer.expires_after(interval);
  parts_->timer.async_wait(
      [this, interval, work = std::move(work)](const boost::system::error_code& error) noexcept {
        if (error) return;
        work();
        Every(interval, work);
      });
}

void EventLoop::Run() {
  const auto guard = asio::make_work_guard(parts_->context);
  parts_->context.run();
  parts_->clients.stop();
  parts_->client_threads.clear();  // joined: they use what the caller is about to take down
}

void EventLoop::Stop() { parts_->context.stop(); }

}  // namespace runtime::agent
