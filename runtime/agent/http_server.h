// Takes connections from the listener, and gives each a session.

#pragma once

#include <functional>
#include <memory>

#include "runtime/agent/event_loop.h"
#include "runtime/agent/http_session.h"
#include "runtime/agent/listener.h"

namespace runtime::agent {

inline constexpr std::size_t kMaxConnections = 1024;

// Over the Unix socket it serves root alone (SO_PEERCRED), whatever the modes of its file and
// folder have become.
class HttpServer {
 public:
  HttpServer(EventLoop& loop, Listener& listener, Service service);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // Before the loop runs.
  void Start();

  // Takes no more connections, closes the listener and removes its file: not from a thread of
  // EventLoop::clients(), which may not do that.
  void StopListening();
  // Calls `done` when every request is answered, at the latest after some seconds.
  void WhenIdle(std::function<void()> done);

 private:
  struct Parts;

  void Accept();
  bool AcceptOne();
  // Whether a session has taken the accepted `socket`; else it is to be closed.
  bool Admit(int socket);

  EventLoop& loop_;
  Listener& listener_;
  std::shared_ptr<const Service> service_;
  std::shared_ptr<Traffic> traffic_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace runtime::agent
