// The operator API: Mesos' v1 calls to an agent, in Mesos' JSON form.
// Source: include/mesos/v1/agent/agent.proto, docs/operator-http-api.md of Mesos.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/agent/body.h"
#include "runtime/agent/containers.h"
#include "runtime/agent/flags.h"
#include "runtime/agent/metrics.h"
#include "runtime/agent/metrics_report.h"
#include "schema/error.h"
#include "schema/json/document.h"

namespace runtime::agent {

struct Response {
  unsigned status = 200;       // of HTTP
  std::string body;            // JSON with status 200, else text for people; may be empty
  std::string_view type = {};  // the body's, where it is neither
};

using Respond = std::function<void(Response)>;

class Api {
 public:
  Api(Containers& containers, const Flags& flags, std::string version, Metrics& metrics)
      : containers_(containers),
        flag_values_(flags.values),
        version_(std::move(version)),
        metrics_(metrics) {}

  // Carries out the call in `body` and calls `respond` once: before it returns, or later from
  // another thread. A call that may wait for long is called off by the function that is returned;
  // then `respond` may never be called. Empty: it waits for nothing.
  Containers::Cancel Handle(std::string body, const Respond& respond) const;

  // GET /metrics, for Prometheus.
  Response MetricsPage() const;

 private:
  // An error is the caller's, and answered with 400.
  using Outcome = schema::Result<Containers::Cancel>;
  struct Call;
  static const Call kCalls[];

  // The call's name in kCallNames is written to `name`, as soon as it is known.
  Outcome Dispatch(std::string text, const Respond& respond, std::string_view& name) const;
  std::vector<Metric> AllMetrics() const;
  Outcome GetHealth(const Body& body, const Respond& respond) const;
  Outcome GetVersion(const Body& body, const Respond& respond) const;
  Outcome GetFlags(const Body& body, const Respond& respond) const;
  Outcome GetMetrics(const Body& body, const Respond& respond) const;
  Outcome GetContainers(const Body& body, const Respond& respond) const;
  Outcome LaunchContainer(const Body& body, const Respond& respond) const;
  Outcome WaitContainer(const Body& body, const Respond& respond) const;
  Outcome KillContainer(const Body& body, const Respond& respond) const;
  Outcome RemoveContainer(const Body& body, const Respond& respond) const;

  Containers& containers_;
  std::vector<std::pair<std::string, std::string>> flag_values_;
  std::string version_;
  Metrics& metrics_;
};

}  // namespace runtime::agent
