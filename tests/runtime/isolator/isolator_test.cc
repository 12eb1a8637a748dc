#include "runtime/isolator/isolator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "lint/engine/engine.h"
#include "schema/json/read_file.h"

namespace runtime::isolator {
namespace {

namespace fs = std::filesystem;
using schema::filter::Filter;
using schema::kernel::CapabilitySet;

constexpr const char* kProfile = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["execve", "exit_group", "write"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]})";

class IsolatorTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("isolator-test-" + std::to_string(getpid()));
    fs::create_directory(folder_);
    Write("a.json", kProfile);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  schema::Result<SeccompIsolator> Create(std::vector<CapabilitySet> others = {}) {
    return SeccompIsolator::Create({.config_dir = folder_,
                                    .default_profile = "a.json",
                                    .bounding = CapabilitySet::Docker(),
                                    .other_bounding = std::move(others),
                                    .filters = {}});
  }

  fs::path folder_;
};

// On every profile of the golden cases: what a launch does not ask would not have refused it.
TEST(RulesWithoutErrors, FindNoErrors) {
  const auto host = HostTarget().value();
  std::size_t found = 0;
  for (const std::string_view id : RulesWithoutErrors()) {
    lint::engine::Options options{{host}, {}};
    ASSERT_TRUE(options.selection.Select(id)) << id;
    for (const auto& entry : fs::recursive_directory_iterator("tests/lint/cases")) {
      if (entry.path().extension() != ".json") continue;
      auto text = schema::json::ReadFile(entry.path());
      ASSERT_TRUE(text);
      const auto report = lint::engine::Check(entry.path(), std::move(*text), options);
      found += report.reports.size();
      EXPECT_EQ(lint::engine::Count(report, lint::rules::Severity::kError), 0U)
          << id << " on " << entry.path();
    }
  }
  EXPECT_GT(found, RulesWithoutErrors().size());
}

std::size_t LengthOf(const SeccompIsolator& isolator, CapabilitySet bounding) {
  const auto filter = isolator.Prepare(std::nullopt, bounding);
  EXPECT_TRUE(filter) << filter.error().message;
  return filter ? (*filter)->program.size() : 0;
}

TEST_F(IsolatorTest, KeepsFilters) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator) << isolator.error().message;
  EXPECT_EQ(isolator->cache_counts().misses, 1U);
  const std::size_t length = LengthOf(*isolator, CapabilitySet::Docker());
  EXPECT_EQ(isolator->cache_counts().hits, 1U);
  // Another set of capabilities is another filter.
  EXPECT_NE(LengthOf(*isolator, CapabilitySet::All()), length);
  EXPECT_EQ(isolator->cache_counts().misses, 2U);
  EXPECT_EQ(isolator->cache_counts().entries, 2U);
}

TEST_F(IsolatorTest, SeesAChangedFile) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  const std::size_t length = LengthOf(*isolator, CapabilitySet::Docker());
  std::string changed = kProfile;
  changed.replace(changed.find("\"write\""), 7, "\"write\", \"read\", \"lseek\"");
  Write("a.json", changed);
  EXPECT_NE(LengthOf(*isolator, CapabilitySet::Docker()), length);
  // A broken one refuses the launch, and the next good one is taken.
  Write("a.json", "{");
  const auto refused = isolator->Prepare(std::nullopt, CapabilitySet::Docker());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("SL001"), std::string::npos) << refused.error().message;
  Write("a.json", kProfile);
  EXPECT_EQ(LengthOf(*isolator, CapabilitySet::Docker()), length);
}

// errnoRet alone differs: another cache than ours is known to have mixed these up.
TEST_F(IsolatorTest, AnErrnoAloneIsAnotherFilter) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  const auto first = isolator->Prepare(std::nullopt, CapabilitySet::Docker());
  std::string changed = kProfile;
  changed.replace(changed.find("\"syscalls\""), 0, "\"defaultErrnoRet\": 99, ");
  Write("a.json", changed);
  const auto second = isolator->Prepare(std::nullopt, CapabilitySet::Docker());
  ASSERT_TRUE(first && second);
  const auto returns = [](const Filter& filter, std::uint32_t ret) {
    return std::ranges::any_of(filter.program, [&](const sock_filter& instruction) {
      return instruction.code == (BPF_RET | BPF_K) && instruction.k == ret;
    });
  };
  EXPECT_FALSE(returns(**first, 0x00050063));  // SECCOMP_RET_ERRNO | 99
  EXPECT_TRUE(returns(**second, 0x00050063));
}

TEST_F(IsolatorTest, ChecksEveryBoundingSetAtStart) {
  std::string ambiguous = kProfile;
  ambiguous.insert(ambiguous.rfind(']'), R"(, {"names": ["write"], "action": "SCMP_ACT_LOG",
      "excludes": {"caps": ["CAP_CHOWN"]}})");
  Write("a.json", ambiguous);
  EXPECT_TRUE(Create());  // Docker's capabilities have CAP_CHOWN
  const auto refused = Create({CapabilitySet(), CapabilitySet::All()});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("caps=none"), std::string::npos)
      << refused.error().message;
}

TEST(FilterCacheTest, IsBounded) {
  const Filter filter{{{BPF_RET | BPF_K, 0, 0, 0}}, 0};
  FilterCache cache(2, 1000);
  cache.Insert("a", filter);
  cache.Insert("b", filter);
  EXPECT_TRUE(cache.Find("a"));
  cache.Insert("c", filter);  // b was used longest ago
  EXPECT_TRUE(cache.Find("a"));
  EXPECT_FALSE(cache.Find("b"));
  EXPECT_TRUE(cache.Find("c"));
  cache.Insert(std::string(990, 'd'), filter);
  EXPECT_EQ(cache.counts().entries, 1U);
  cache.Insert(std::string(2000, 'e'), filter);
  EXPECT_EQ(cache.counts().entries, 0U);
}

TEST(FilterCacheTest, FromManyThreads) {
  FilterCache cache(4, 1000);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&cache] {
        for (unsigned i = 0; i < 2000; ++i) {
          const std::string key = std::to_string(i % 8);
          const Filter filter{{{BPF_RET | BPF_K, 0, 0, i % 8}}, 0};
          const auto found = cache.Find(key);
          EXPECT_TRUE(!found || found->program[0].k == i % 8);
          cache.Insert(key, filter);
        }
      });
    }
  }
  EXPECT_LE(cache.counts().entries, 4U);
}

}  // namespace
}  // namespace runtime::isolator
