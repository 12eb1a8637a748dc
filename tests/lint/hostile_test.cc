// Files made to take long: each ends with a finding, in a time that does not grow with the square
// of what is in it.

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/format.h"
#include "schema/json/reader.h"

namespace lint {
namespace {

constexpr std::size_t kMany = schema::json::kMaxValues / 2 - 8;  // that the reader takes

// `one(0)`, `one(1)`, ... with commas between.
std::string Repeated(std::size_t count, const std::function<std::string(std::size_t)>& one) {
  std::string all;
  for (std::size_t i = 0; i < count && all.size() < schema::json::kMaxBytes - 200; ++i) {
    if (i > 0) all += ',';
    all += one(i);
  }
  return all;
}

std::string Numbered(const std::string& text, std::size_t i) {
  return "\"" + text + std::to_string(i) + "\"";
}

struct Hostile {
  const char* name;
  std::string text;
  const char* path = "p.json";
};

constexpr const char* kResource =
    "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\nspec:\n"
    "  defaultAction: SCMP_ACT_ERRNO\n  syscalls:\n  - {names: [raed, execve], action: "
    "SCMP_ACT_ALLOW}\n";

std::string Times(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<Hostile> HostileFiles() {
  const std::string rules = R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[)";
  const std::string names = rules + R"({"action":"SCMP_ACT_ALLOW","names":[)";
  const std::string caps =
      rules + R"({"action":"SCMP_ACT_ALLOW","names":["read"],"includes":{"caps":[)";
  const auto always = [](const char* text) { return [text](std::size_t) { return text; }; };
  return {
      {"nesting", std::string(1'000'000, '[')},
      {"unknown keys", "{" + Repeated(kMany, [](auto i) { return Numbered("k", i) + ":1"; }) + "}"},
      {"misspelt keys", "{" + Repeated(kMany, always("\"syscall\":1")) + "}"},
      {"empty rules", rules + Repeated(kMany, always("{}")) + "]}"},
      {"misspelt rules", rules + Repeated(kMany, always("{\"nemes\":1}")) + "]}"},
      {"unknown names",
       names + Repeated(kMany, [](auto i) { return Numbered("raed", i); }) + "]}]}"},
      {"one name", names + Repeated(kMany, always("\"read\"")) + "]}]}"},
      {"misspelt capabilities", caps + Repeated(kMany, always("\"CAP_SYS_ADMI\"")) + "]}}]}"},
      {"rules of one call",
       rules +
           Repeated(kMany / 8,
                    [](auto i) {
                      return R"({"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,)"
                             R"("op":"SCMP_CMP_GT","value":)" +
                             std::to_string(i * 7919) + "}]}";
                    }) +
           "]}"},
      {"resources", Times(3000, std::string("---\n") + kResource), "p.yaml"},
      {"aliases of a rule",
       std::string(kResource) + "  - &a {names: [raed], action: SCMP_ACT_ALLOW}\n" +
           Times(12'000, "  - *a\n"),
       "p.yaml"},
      {"comments in vain", std::string(kResource) + Times(30'000, "# seccomp-lint: ignore SL3\n"),
       "p.yaml"},
      {"comments above a rule",
       kResource + Times(25'000, "  # seccomp-lint: ignore SL301 -- x\n") +
           "  - {names: [raed], action: SCMP_ACT_LOG}\n",
       "p.yaml"},
      {"comments of no form",
       kResource + Times(30'000, "  # seccomp-lint ignore SL301\n") +
           "  - {names: [raed], action: SCMP_ACT_LOG}\n",
       "p.yaml"},
  };
}

double ProcessorSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST(HostileFiles, EndSoon) {
  // On one line, where places are hardest to find. Some milliseconds each; sanitizers take 20
  // times, and what is quadratic takes minutes.
  constexpr double kSeconds = 60;
  engine::Options options;
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  options.targets = {target};
  options.all_forms = true;
  ASSERT_TRUE(options.selection.Select("all"));
  for (const Hostile& hostile : HostileFiles()) {
    ASSERT_LE(hostile.text.size(), schema::json::kMaxBytes) << hostile.name;
    const double begin = ProcessorSeconds();
    const std::vector files = {engine::Check(hostile.path, hostile.text, options)};
    EXPECT_GT(files[0].reports.size(), 0U) << hostile.name;
    for (const char* format : {"text", "json", "html"}) {
      report::Render(*report::FindFormat(format), files, options.targets, {});
    }
    EXPECT_LT(ProcessorSeconds() - begin, kSeconds) << hostile.name;
  }
}

}  // namespace
}  // namespace lint
