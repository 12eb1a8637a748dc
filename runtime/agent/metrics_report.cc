#include "runtime/agent/metrics_report.h"

#include <array>
#include <charconv>
#include <chrono>

namespace runtime::agent {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

constexpr std::array<std::string_view, 3> kTypeNames = {"counter", "gauge", "histogram"};

double Load(const Counter& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

double Seconds(std::chrono::duration<double> duration) { return duration.count(); }

Metric One(std::string_view mesos, std::string_view prometheus, MetricType type,
           std::string_view help, double value) {
  return {mesos, prometheus, type, help, {{{}, value}}};
}

// By a label of fixed values. Those are few: all are shown, also where nothing was counted.
template <class Names, class Counters>
Metric By(std::string_view label, const Names& names, const Counters& counters,
          std::string_view mesos, std::string_view prometheus, std::string_view help) {
  Metric metric{mesos, prometheus, MetricType::kCounter, help, {}};
  std::size_t index = 0;
  for (const std::string_view name : names) {
    metric.points.push_back({{{label, std::string(name)}}, Load(counters[index++])});
  }
  return metric;
}

// Of these only what has been counted, there being too many that never are.
Metric Requests(const Metrics& metrics) {
  Metric metric{"api/v1/requests",
                "seccomp_agent_api_requests_total",
                MetricType::kCounter,
                "Requests, by call of the operator API and status of the answer.",
                {}};
  for (std::size_t call = 0; call < kCallNames.size(); ++call) {
    for (std::size_t status = 0; status < kStatuses.size(); ++status) {
      const double value = Load(metrics.requests[call][status]);
      if (value == 0) continue;
      metric.points.push_back(
          {{{"call", std::string(kCallNames[call])}, {"status", std::to_string(kStatuses[status])}},
           value});
    }
  }
  return metric;
}

void AddCache(const isolator::FilterCache::Counts& cache, std::vector<Metric>& list) {
  const auto add = [&](std::string_view mesos, std::string_view prometheus, MetricType type,
                       std::string_view help, auto value) {
    list.push_back(One(mesos, prometheus, type, help, static_cast<double>(value)));
  };
  add("linux_seccomp/filter_cache/hits", "seccomp_agent_filter_cache_hits_total",
      MetricType::kCounter, "Launches whose proved filter was known.", cache.hits);
  add("linux_seccomp/filter_cache/misses", "seccomp_agent_filter_cache_misses_total",
      MetricType::kCounter, "Filters that had to be made and proved.", cache.misses);
  add("linux_seccomp/filter_cache/evictions", "seccomp_agent_filter_cache_evictions_total",
      MetricType::kCounter, "Filters dropped for the bounds of the cache.", cache.evictions);
  add("linux_seccomp/filter_cache/entries", "seccomp_agent_filter_cache_entries",
      MetricType::kGauge, "Filters in the cache.", cache.entries);
  add("linux_seccomp/filter_cache/bytes", "seccomp_agent_filter_cache_bytes", MetricType::kGauge,
      "Bytes of the filters in the cache, and of the profiles that they are of.", cache.bytes);
}

std::string Number(double value) {
  std::array<char, 400> text = {};  // the longest double without an exponent fits
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return error == std::errc() ? std::string(text.data(), end) : "NaN";
}

// In a label's value; backslash, quote and line feed are all that the format escapes.
std::string Escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string LabelText(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "{" : ",") + std::string(name) + "=\"" + Escaped(value) + '"';
  }
  return text.empty() ? text : text + '}';
}

// Calls `add` with the upper end of each bucket and the number at or below it.
template <class Add>
void SumUp(const Histogram::Snapshot& histogram, const Add& add) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
    sum += histogram.buckets[i];
    add(i < Histogram::kBounds.size() ? Number(Seconds(Histogram::kBounds[i])) : "+Inf", sum);
  }
}

std::string PrometheusLines(std::string_view name, const Point& point) {
  const std::string full(name);
  if (const auto* value = std::get_if<double>(&point.value)) {
    return full + LabelText(point.labels) + ' ' + Number(*value) + '\n';
  }
  const auto& histogram = std::get<Histogram::Snapshot>(point.value);
  std::string lines;
  SumUp(histogram, [&](std::string end, std::uint64_t count) {
    Labels labels = point.labels;
    labels.emplace_back("le", std::move(end));
    lines += full + "_bucket" + LabelText(labels) + ' ' + std::to_string(count) + '\n';
  });
  const std::string labels = LabelText(point.labels);
  return lines + full + "_sum" + labels + ' ' + Number(Seconds(histogram.sum)) + '\n' + full +
         "_count" + labels + ' ' + std::to_string(histogram.count) + '\n';
}

}  // namespace

std::vector<Metric> ListMetrics(const Metrics& metrics, const Gauges& gauges,
                                const std::string& version) {
  using enum MetricType;
  std::vector<Metric> list;
  list.push_back(One("slave/uptime_secs", "seccomp_agent_uptime_seconds", kGauge,
                     "Time since the agent started.",
                     Seconds(std::chrono::steady_clock::now() - metrics.started_steady)));
  list.push_back({"slave/build_info",
                  "seccomp_agent_build_info",
                  kGauge,
                  "1, with the version as a label.",
                  {{{{"version", version}}, 1.0}}});
  list.push_back({"containers",
                  "seccomp_agent_containers",
                  kGauge,
                  "Containers that run, or have ended and are not yet removed.",
                  {{{{"state", "running"}}, static_cast<double>(gauges.running)},
                   {{{"state", "ended"}}, static_cast<double>(gauges.ended)}}});
  list.push_back(One("containers/launches", "seccomp_agent_launches_total", kCounter,
                     "Containers launched.", Load(metrics.launches)));
  list.push_back(By("reason", kReasonNames, metrics.refusals, "containers/refusals",
                    "seccomp_agent_refusals_total", "Launches refused, by reason."));
  list.push_back(By("step", StepNames(), metrics.failed_steps, "containers/launch_failures",
                    "seccomp_agent_launch_failures_total",
                    "Launches that failed, by the step that did."));
  list.push_back(One("containers/ends", "seccomp_agent_ends_total", kCounter,
                     "Containers that have ended.", Load(metrics.ends)));
  list.push_back(One("containers/filter_deaths", "seccomp_agent_filter_deaths_total", kCounter,
                     "Containers that were killed by their filter.", Load(metrics.filter_deaths)));
  list.push_back({"containers/launch_duration_secs",
                  "seccomp_agent_launch_duration_seconds",
                  kHistogram,
                  "From the request to the running container.",
                  {{{}, metrics.launch_duration.snapshot()}}});
  AddCache(gauges.cache, list);
  list.push_back(Requests(metrics));
  list.push_back(
      By("reason", kRejectionNames, metrics.rejections, "api/v1/connection_rejections",
         "seccomp_agent_connection_rejections_total",
         "Connections closed before a request was read or its answer taken, by reason."));
  return list;
}

std::vector<std::pair<std::string, double>> MesosMetrics(const std::vector<Metric>& metrics) {
  std::vector<std::pair<std::string, double>> list;
  for (const Metric& metric : metrics) {
    for (const Point& point : metric.points) {
      std::string name(metric.mesos);
      for (const auto& [label, value] : point.labels) name += '/' + value;
      if (const auto* value = std::get_if<double>(&point.value)) {
        list.emplace_back(name, *value);
        continue;
      }
      const auto& histogram = std::get<Histogram::Snapshot>(point.value);
      SumUp(histogram, [&](const std::string& end, std::uint64_t count) {
        list.emplace_back(std::string(name).append("/le/").append(end), static_cast<double>(count));
      });
      list.emplace_back(name + "/sum", Seconds(histogram.sum));
      list.emplace_back(name + "/count", static_cast<double>(histogram.count));
    }
  }
  return list;
}

std::string PrometheusPage(const std::vector<Metric>& metrics) {
  std::string page;
  for (const Metric& metric : metrics) {
    const std::string name(metric.prometheus);
    page.append("# HELP ").append(name).append(" ").append(metric.help);
    page.append("\n# TYPE ").append(name).append(" ");
    page.append(kTypeNames[static_cast<std::size_t>(metric.type)]).append("\n");
    for (const Point& point : metric.points) page += PrometheusLines(metric.prometheus, point);
  }
  return page;
}

}  // namespace runtime::agent
