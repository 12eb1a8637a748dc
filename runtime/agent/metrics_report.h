// The metrics as GET_METRICS and as Prometheus' page tell them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/agent/metrics.h"
#include "runtime/isolator/filter_cache.h"

namespace runtime::agent {

// What is no counter of the agent's, at the moment of asking.
struct Gauges {
  std::size_t running = 0;  // containers
  std::size_t ended = 0;    // and not yet removed
  isolator::FilterCache::Counts cache;
};

enum class MetricType : std::uint8_t { kCounter, kGauge, kHistogram };

struct Point {
  std::vector<std::pair<std::string_view, std::string>> labels;
  std::variant<double, Histogram::Snapshot> value;
};

// One metric under the names of both worlds, with its values by label.
struct Metric {
  std::string_view mesos;       // "containers/refusals"
  std::string_view prometheus;  // "seccomp_agent_refusals_total"
  MetricType type;
  std::string_view help;
  std::vector<Point> points;
};

std::vector<Metric> ListMetrics(const Metrics& metrics, const Gauges& gauges,
                                const std::string& version);

// Name and value of each. The values of labels follow the name: "containers/refusals/bad_request".
// Of a histogram, "/count" and "/sum", and of each bucket "/le/0.001", seconds, summed up.
std::vector<std::pair<std::string, double>> MesosMetrics(const std::vector<Metric>& metrics);

// The text format 0.0.4. Source: prometheus.io, "Exposition formats".
inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";
std::string PrometheusPage(const std::vector<Metric>& metrics);

}  // namespace runtime::agent
