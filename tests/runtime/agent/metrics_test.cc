// The metrics: what is counted, and both ways of asking.

#include "runtime/agent/metrics.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "runtime/agent/metrics_report.h"
#include "tests/runtime/agent/agent_process.h"

namespace runtime::agent {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

using std::chrono::microseconds;

TEST(HistogramTest, Buckets) {
  Histogram histogram;
  for (const int us : {0, 250, 251, 1000000, 1000001, 2000000}) histogram.Record(microseconds(us));
  const auto snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.buckets.front(), 2U);  // the upper end is in it
  EXPECT_EQ(snapshot.buckets[1], 1U);
  EXPECT_EQ(snapshot.buckets[Histogram::kBounds.size() - 1], 1U);
  EXPECT_EQ(snapshot.buckets.back(), 2U);
  EXPECT_EQ(snapshot.count, 6U);
  EXPECT_EQ(snapshot.sum, microseconds(4000502));
}

TEST(MetricsTest, FromManyThreads) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&metrics] {
        for (int i = 0; i < 1000; ++i) {
          Count(metrics.launches);
          metrics.launch_duration.Record(microseconds(i));
          metrics.CountRequest("GET_HEALTH", 200);
          metrics.CountRefusal({Reason::kLaunchFailed, {}, {}, launch::Step::kExecute});
          (void)PrometheusPage(ListMetrics(metrics, {}, "1"));
        }
      });
    }
  }
  EXPECT_EQ(metrics.launches, 4000U);
  EXPECT_EQ(metrics.launch_duration.snapshot().count, 4000U);
  const std::string page = PrometheusPage(ListMetrics(metrics, {}, "1"));
  EXPECT_HAS(page, "\nseccomp_agent_api_requests_total{call=\"GET_HEALTH\",status=\"200\"} 4000\n");
  EXPECT_HAS(page, "\nseccomp_agent_refusals_total{reason=\"launch_failed\"} 4000\n");
  EXPECT_HAS(page, "\nseccomp_agent_launch_failures_total{step=\"execute\"} 4000\n");
}

TEST(MetricsTest, UnknownCallsAndStatuses) {
  Metrics metrics;
  metrics.CountRequest("{evil=\"}", 299);
  const std::string page = PrometheusPage(ListMetrics(metrics, {}, "1"));
  EXPECT_HAS(page, "seccomp_agent_api_requests_total{call=\"NONE\",status=\"0\"} 1\n");
}

TEST(MetricsTest, StepsFit) { EXPECT_LE(StepNames().size(), Metrics::kMaxSteps); }

// The grammar of the text format 0.0.4, line by line; that names are unique, types known, buckets
// ascending; every metric with HELP and TYPE before it.
void ExpectExposition(const std::string& page) {
  ASSERT_TRUE(page.ends_with('\n'));
  const std::regex help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\\n]+");
  const std::regex type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");
  const std::regex sample(
      "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\""
      ",?)*\\})? ([0-9.e+-]+)");
  std::set<std::string> helped;
  std::map<std::string, std::string> types;
  std::set<std::string> series;
  double bucket = -1;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      EXPECT_TRUE(helped.insert(match[1]).second) << line;
    } else if (std::regex_match(line, match, type)) {
      EXPECT_TRUE(helped.contains(match[1])) << line;
      EXPECT_TRUE(types.emplace(match[1], match[2]).second) << line;
    } else if (std::regex_match(line, match, sample)) {
      std::string name = match[1];
      EXPECT_TRUE(series.insert(name + match[2].str()).second) << line;
      const double value = std::stod(match[3]);
      EXPECT_GE(value, 0) << line;
      if (!types.contains(name)) name.erase(name.rfind('_'));  // _bucket, _sum, _count
      ASSERT_TRUE(types.contains(name)) << line;
      EXPECT_EQ(types[name] == "counter", name.ends_with("_total")) << line;
      if (line.find("_bucket{") == std::string::npos) {
        bucket = -1;
      } else {
        EXPECT_GE(value, bucket) << line;
        bucket = value;
      }
    } else {
      ADD_FAILURE() << "no line of the format: " << line;
    }
  }
  EXPECT_EQ(helped.size(), types.size());
}

TEST(PrometheusPageTest, Format) {
  Metrics metrics;
  metrics.launch_duration.Record(microseconds(1500));
  const std::string page = PrometheusPage(ListMetrics(metrics, {}, "1\"2\\3\n4"));
  ExpectExposition(page);
  EXPECT_HAS(page, "seccomp_agent_build_info{version=\"1\\\"2\\\\3\\n4\"} 1\n");
  EXPECT_HAS(page,
             "# TYPE seccomp_agent_launch_duration_seconds histogram\n"
             "seccomp_agent_launch_duration_seconds_bucket{le=\"0.00025\"} 0\n"
             "seccomp_agent_launch_duration_seconds_bucket{le=\"0.0005\"} 0\n");
  EXPECT_HAS(page,
             "seccomp_agent_launch_duration_seconds_bucket{le=\"+Inf\"} 1\n"
             "seccomp_agent_launch_duration_seconds_sum 0.0015\n"
             "seccomp_agent_launch_duration_seconds_count 1\n");
}

class AgentMetricsTest : public AgentTest {
 protected:
  std::map<std::string, double> Metrics() const {
    std::map<std::string, double> all;
    const Reply reply =
        Call(R"({"type": "GET_METRICS", "get_metrics": {"timeout": {"nanoseconds": 5000000000}}})");
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto message = boost::json::parse(reply.body);
    EXPECT_EQ(message.at("type").as_string(), "GET_METRICS");
    for (const auto& metric : message.at("get_metrics").at("metrics").as_array()) {
      const std::string name(metric.at("name").as_string());
      EXPECT_TRUE(all.emplace(name, metric.at("value").to_number<double>()).second) << name;
    }
    return all;
  }
};

TEST_F(AgentMetricsTest, CountsWhatHappens) {
  WriteProfile("bad.json", "{");
  WriteProfile("killing.json", Denying(R"("uname")", "SCMP_ACT_KILL_PROCESS"));
  Serve();
  Run("a", "true");
  Run("b", "exec uname", WithSeccomp(R"({"profile_name": "killing.json"})"));
  ASSERT_EQ(Launch("c", "exec sleep 1000").status, 200);
  EXPECT_EQ(Launch("c", "true").status, 202);
  EXPECT_EQ(Launch("d", "true", WithSeccomp(R"({"profile_name": "bad.json"})")).status, 400);
  EXPECT_EQ(Launch("d", "true", WithSeccomp(R"({"profile_name": "no.json"})")).status, 400);
  EXPECT_EQ(Launch("d", "true", WithSeccomp("{}")).status, 400);
  EXPECT_EQ(Launch("x/d", "true").status, 400);
  EXPECT_EQ(
      Call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": {"value": "d"},
                     "command": {"shell": false, "value": "/no/such/program"}}})")
          .status,
      400);
  EXPECT_EQ(Call(R"({"type": "LAUNCH_CONTAINER"})").status, 400);
  EXPECT_EQ(Call(R"({"type": "LAUNCH_CONTAINER", "launch_container": {"container_id": 5}})").status,
            400);
  Call(R"({"type": "GET_TASKS"})");
  Call("{");
  auto metrics = Metrics();
  const std::vector<std::pair<std::string, double>> expected = {
      {"containers/launches", 3},
      {"containers/running", 1},
      {"containers/ended", 2},
      {"containers/ends", 2},
      {"containers/filter_deaths", 1},
      {"containers/refusals/invalid_profile", 1},
      {"containers/refusals/missing_profile", 1},
      {"containers/refusals/bad_request", 1},
      {"containers/refusals/malformed", 2},
      {"containers/refusals/missing_parent", 1},
      {"containers/refusals/launch_failed", 1},
      {"containers/launch_failures/execute", 1},
      {"containers/launch_duration_secs/count", 3},
      {"containers/launch_duration_secs/le/+Inf", 3},
      {"linux_seccomp/filter_cache/hits", 3},
      {"linux_seccomp/filter_cache/misses", 3},  // the default at the start, killing, bad
      {"linux_seccomp/filter_cache/entries", 2},
      {"api/v1/requests/LAUNCH_CONTAINER/200", 3},
      {"api/v1/requests/LAUNCH_CONTAINER/202", 1},
      {"api/v1/requests/LAUNCH_CONTAINER/400", 7},
      {"api/v1/requests/OTHER/501", 1},
      {"api/v1/requests/NONE/400", 1},
  };
  for (const auto& [name, value] : expected) {
    EXPECT_TRUE(metrics.contains(name)) << name;
    EXPECT_EQ(metrics[name], value) << name;
  }
  EXPECT_GT(metrics["slave/uptime_secs"], 0);
  EXPECT_HAS(Err(), "event=refusal reason=malformed error=\"request body, line 1, column ");
  EXPECT_EQ(Call(R"({"type": "GET_METRICS"})").status, 200);
  EXPECT_EQ(Call(R"({"type": "GET_METRICS", "get_metrics": {"timeout": 5}})").status, 400);
}

TEST_F(AgentMetricsTest, PrometheusPage) {
  Serve();
  Run("a", "true");
  Client client(Socket());
  for (int i = 0; i < 2; ++i) {  // on one connection
    client.Send("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n");
    const Reply reply = client.Read();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    ExpectExposition(reply.body);
    EXPECT_HAS(reply.body, "\nseccomp_agent_launches_total 1\n");
    EXPECT_HAS(reply.body, "\nseccomp_agent_containers{state=\"ended\"} 1\n");
  }
  client.Send("GET /metrics?x HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n\r\n");
  EXPECT_EQ(client.Read().status, 200);  // no browser gets to a Unix socket
  EXPECT_EQ(Metrics()["api/v1/requests/WAIT_CONTAINER/200"], 1);
}

}  // namespace
}  // namespace runtime::agent
