#include "runtime/agent/agent.h"

#include <utility>

#include "runtime/agent/api.h"
#include "runtime/agent/containers.h"
#include "runtime/agent/event_loop.h"
#include "runtime/agent/http_server.h"
#include "runtime/agent/listener.h"
#include "runtime/agent/sandbox.h"

namespace runtime::agent {

schema::Status Serve(const Flags& flags, Composer composer, const std::string& version,
                     const Events& events) {
  EventLoop loop;  // from here on TERM and INT wait for it: no socket's file is left behind
  auto listener = Listener::Open(flags);
  if (!listener) return std::move(listener).error();
  if (auto status = Sandboxes::MakeWorkDir(flags.work_dir); !status) return status;

  Containers containers(std::move(composer), Sandboxes(flags.work_dir), loop);
  const Api api(containers, flags, version);
  HttpServer server(loop, *listener, [&api](std::string body, const Respond& respond) {
    return api.Handle(std::move(body), respond);
  });
  loop.OnStopSignal([&] {
    events.stopping();
    server.StopListening();
    containers.Stop([&] { server.WhenIdle([&loop] { loop.Stop(); }); });
  });
  server.Start();
  events.ready(listener->address());
  loop.Run();
  return {};
}

}  // namespace runtime::agent
