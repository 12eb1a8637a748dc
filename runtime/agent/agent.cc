#include "runtime/agent/agent.h"

#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/agent/api.h"
#include "runtime/agent/confinement.h"
#include "runtime/agent/containers.h"
#include "runtime/agent/event_loop.h"
#include "runtime/agent/http_server.h"
#include "runtime/agent/listener.h"
#include "runtime/agent/metrics.h"
#include "runtime/agent/records.h"
#include "runtime/agent/sandbox.h"

namespace runtime::agent {
namespace {

// A stranger can knock as often as he likes.
constexpr std::uint64_t kToldRejections = 10;
constexpr std::chrono::seconds kRejectionPeriod{10};

class Rejections {
 public:
  Rejections(Metrics& metrics, const Log& log) : metrics_(metrics), log_(log) {
    for (const std::string_view reason : kRejectionNames) AddLimit(reason);
    for (const std::string_view reason : {kCredentials, kRequest}) AddLimit(reason);
  }

  void Rejected(Rejection rejection, std::string_view detail) {
    metrics_.CountRejection(rejection);
    Tell(kRejectionNames[static_cast<std::size_t>(rejection)], detail);
  }
  void Refused(unsigned status) {
    constexpr unsigned kUnauthorized = 401;
    metrics_.CountRequest("NONE", status);
    if (status == kUnauthorized) return Tell(kCredentials, "none, or unknown ones");
    Tell(kRequest, "answered with " + std::to_string(status));
  }

 private:
  static constexpr std::string_view kCredentials = "credentials";
  static constexpr std::string_view kRequest = "request";

  void AddLimit(std::string_view reason) {
    limits_.try_emplace(reason, kToldRejections, kRejectionPeriod);
  }
  void Tell(std::string_view reason, std::string_view detail) {
    // Each reason has its own: a flood of the harmless ones must not hide the others.
    const auto untold = limits_.at(reason).Admit(std::chrono::steady_clock::now());
    if (!untold) return;
    log_.Write(Level::kWarning, "rejection",
               {{"reason", reason}, {"detail", detail}, {"untold", *untold}});
  }

  Metrics& metrics_;
  const Log& log_;
  std::map<std::string_view, RateLimit> limits_;
};

}  // namespace

schema::Result<Guards> LoadGuards(const Flags& flags) {
  Guards guards;
  if (!flags.ssl_cert_file.empty()) {
    auto tls = Tls::Create(flags.ssl_cert_file, flags.ssl_key_file);
    if (!tls) return std::move(tls).error();
    guards.tls = std::move(*tls);
  }
  if (!flags.http_credentials.empty()) {
    auto credentials = Credentials::Load(flags.http_credentials);
    if (!credentials) return std::move(credentials).error();
    guards.credentials = std::move(*credentials);
  }
  auto filter = MakeClientFilter();
  if (!filter) return std::move(filter).error();
  guards.client_filter = std::move(*filter);
  return guards;
}

schema::Status Serve(const Flags& flags, const Guards& guards, Composer composer,
                     const std::string& version, Log& log, const Events& events) {
  Metrics metrics;
  Rejections rejections(metrics, log);
  if (auto status = HideProcess(); !status) return status;
  tzset();  // else the first line of the log reads the time zone, which the clients' filter denies
  EventLoop loop;  // from here on TERM and INT wait for it: no socket's file is left behind
  const auto confine = [&] { return ConfineThread(guards.client_filter); };
  if (auto status = loop.StartClients(confine); !status) return status;
  if (auto status = log.Start(confine); !status) return status;
  auto listener = Listener::Open(flags);
  if (!listener) return std::move(listener).error();
  if (auto status = Sandboxes::MakeWorkDir(flags.work_dir); !status) return status;

  auto records = Records::Open(flags.runtime_dir);
  if (!records) return std::move(records).error();
  Containers containers(std::move(composer), Sandboxes(flags.work_dir), std::move(*records), loop,
                        metrics, log);
  if (auto status = containers.Recover(); !status) return status;
  const Api api(containers, flags, version, metrics);
  HttpServer server(
      loop, *listener,
      {.call = [&api](std::string body,
                      const Respond& respond) { return api.Handle(std::move(body), respond); },
       .metrics_page = [&api] { return api.MetricsPage(); },
       .refused = [&rejections](unsigned status) { rejections.Refused(status); },
       .rejected = [&rejections](
                       Rejection rejection,
                       std::string_view detail) { rejections.Rejected(rejection, detail); },
       .credentials = guards.credentials,
       .tls = guards.tls});
  loop.OnStopSignal([&] {
    events.stopping();
    log.Write(Level::kInfo, "stopping", {{"running", containers.counts().running}});
    server.StopListening();
    containers.Stop([&] { server.WhenIdle([&loop] { loop.Stop(); }); });
  });
  server.Start();
  events.ready(listener->address());
  if (events.alive_every.count() > 0) {
    loop.Every(events.alive_every, [&] { events.alive(containers.counts().running); });
  }
  loop.Run();
  log.Write(Level::kInfo, "stopped", {});
  // Threads cannot be called off, and the check of a hostile profile takes seconds. Nobody waits
  // for its result: the launch was refused. All else is in order already.
  if (containers.IsChecking()) {
    log.Flush();
    std::_Exit(0);
  }
  return {};
}

}  // namespace runtime::agent
