#include "runtime/isolator/isolator.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lint/engine/engine.h"
#include "runtime/isolator/profile_file.h"
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

std::size_t LengthOf(const SeccompIsolator& isolator, CapabilitySet bounding) {
  const auto filter = isolator.Prepare(std::nullopt, bounding);
  EXPECT_TRUE(filter) << filter.error().message;
  return filter ? (*filter)->program.size() : 0;
}

bool Same(const Filter& a, const Filter& b) {
  return a.flags == b.flags &&
         std::ranges::equal(a.program, b.program, [](const sock_filter& x, const sock_filter& y) {
           return x.code == y.code && x.jt == y.jt && x.jf == y.jf && x.k == y.k;
         });
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

// What only a key of the whole text keeps apart: each of these is another filter than the
// profile's, by one field that a key of a few chosen fields would leave out.
TEST_F(IsolatorTest, OneFieldIsAnotherFilter) {
  const std::string base = R"({"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
      "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
      {"names": ["execve", "exit_group", "write"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
       "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]}]})";
  const std::pair<std::string, std::string> changes[] = {
      {R"("defaultErrnoRet": 1)", R"("defaultErrnoRet": 2)"},
      {"FLAG_LOG", "FLAG_SPEC_ALLOW"},
      {R"("value": 8)", R"("value": 9)"},
      {R"("index": 0)", R"("index": 1)"},
      {R"("op": "SCMP_CMP_EQ")", R"("op": "SCMP_CMP_NE")"},
      {R"("names": ["personality"])", R"("names": ["futex"])"},
  };
  Write("a.json", base);
  const auto isolator = Create();
  ASSERT_TRUE(isolator) << isolator.error().message;
  const auto of = [&](const std::string& text) {
    Write("a.json", text);
    const auto filter = isolator->FilterFor("a.json", CapabilitySet::Docker());
    EXPECT_TRUE(filter) << text << filter.error().error.message;
    return filter ? *filter : std::make_shared<const Filter>();
  };
  const SharedFilter first = of(base);
  for (const auto& [from, to] : changes) {
    std::string changed = base;
    changed.replace(changed.find(from), from.size(), to);
    EXPECT_FALSE(Same(*of(changed), *first)) << to;
    EXPECT_EQ(of(base), first) << "it is kept, under its own text";
  }
}

// The horizon, the compiler and the host are no part of a profile.
TEST(MadeForTest, NamesAllThatIsNotTheProfile) {
  schema::kernel::Target target;
  const FilterOptions options;
  const std::string first = MadeFor(target, options);
  EXPECT_NE(MadeFor(target, {.enosys_horizon = false}), first);
  EXPECT_NE(MadeFor(target, {.compiler = schema::filter::Compiler::kLibseccomp}), first);
  target.capabilities.Add(0);
  EXPECT_NE(MadeFor(target, options), first);
  target = {};
  target.kernel = {3, 17};
  EXPECT_NE(MadeFor(target, options), first);
}

TEST_F(IsolatorTest, TheHorizonIsAnotherFilter) {
  const auto with = Create();
  const auto without = SeccompIsolator::Create({.config_dir = folder_,
                                                .default_profile = "a.json",
                                                .bounding = CapabilitySet::Docker(),
                                                .other_bounding = {},
                                                .filters = {.enosys_horizon = false}});
  ASSERT_TRUE(with && without);
  EXPECT_FALSE(Same(**with->FilterFor("a.json", CapabilitySet::Docker()),
                    **without->FilterFor("a.json", CapabilitySet::Docker())));
}

// Neither the time nor the size nor the inode of the file tells that its text has changed.
TEST_F(IsolatorTest, SeesAChangeThatStatDoesNotShow) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  const auto before = isolator->FilterFor("a.json", CapabilitySet::Docker());
  struct stat old {};
  ASSERT_EQ(stat((folder_ / "a.json").c_str(), &old), 0);
  std::string changed = kProfile;
  changed.replace(changed.find("\"write\""), 7, "\"rmdir\"");
  Write("a.json", changed);
  const timespec times[] = {old.st_atim, old.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, (folder_ / "a.json").c_str(), times, 0), 0);
  struct stat now {};
  ASSERT_EQ(stat((folder_ / "a.json").c_str(), &now), 0);
  ASSERT_TRUE(now.st_size == old.st_size && now.st_mtim.tv_nsec == old.st_mtim.tv_nsec &&
              now.st_ino == old.st_ino);
  const auto after = isolator->FilterFor("a.json", CapabilitySet::Docker());
  ASSERT_TRUE(before && after);
  EXPECT_FALSE(Same(**before, **after));
}

TEST_F(IsolatorTest, NamesTheRulesThatRefuse) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  Write("bad.json", R"({"defaultAction": "SCMP_ACT_DENY", "syscalls": [
      {"names": ["write"], "action": "SCMP_ACT_PERMIT"}]})");
  const auto refused = isolator->FilterFor("bad.json", CapabilitySet());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"SL104"});
  const auto absent = isolator->FilterFor("absent.json", CapabilitySet());
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().error.code, schema::ErrorCode::kNotFound);
  EXPECT_TRUE(absent.error().rules.empty());
}

// SCMP_ACT_NOTIFY where the bounding set is Docker's, on calls that no other engine starts with.
constexpr const char* kAsking = R"({"defaultAction": "SCMP_ACT_ALLOW",
  "listenerPath": "/run/a.sock", "listenerMetadata": "words",
  "flags": ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
  "syscalls": [{"names": ["execve", "write"], "action": "SCMP_ACT_NOTIFY",
                "includes": {"caps": ["CAP_CHOWN"]}}]})";

TEST_F(IsolatorTest, AFilterThatAsksKnowsItsListener) {
  const auto host = HostTarget();
  ASSERT_TRUE(host);
  if (host->kernel < schema::kernel::KernelVersion{5, 19}) GTEST_SKIP() << "needs Linux 5.19";
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  Write("ask.json", kAsking);
  for (int i = 0; i < 2; ++i) {  // made, and kept
    const auto asks = isolator->FilterFor("ask.json", CapabilitySet::Docker());
    ASSERT_TRUE(asks) << asks.error().error.message;
    ASSERT_TRUE((*asks)->listener);
    EXPECT_EQ((*asks)->listener->path, "/run/a.sock");
    EXPECT_EQ((*asks)->listener->metadata, "words");
    EXPECT_EQ((*asks)->flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_LOG |
                                  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    // Without the capability nothing asks, and nobody needs to be there.
    const auto asks_not = isolator->FilterFor("ask.json", CapabilitySet());
    ASSERT_TRUE(asks_not) << asks_not.error().error.message;
    EXPECT_FALSE((*asks_not)->listener);
    EXPECT_EQ((*asks_not)->flags, SECCOMP_FILTER_FLAG_LOG);
  }
}

TEST_F(IsolatorTest, AskingNobodyIsRefused) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  Write("ask.json", R"({"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "",
      "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]})");
  const auto refused = isolator->FilterFor("ask.json", CapabilitySet());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rules, std::vector<std::string>{"SL118"});
}

TEST_F(IsolatorTest, ANestedContainerInheritsOrOverrides) {
  const auto isolator = Create();
  ASSERT_TRUE(isolator);
  EXPECT_EQ(**isolator->ProfileFor(std::nullopt), "a.json");
  EXPECT_EQ(**isolator->ProfileFor(std::nullopt, "parent.json"), "parent.json");
  EXPECT_EQ(**isolator->ProfileFor(Request{"own.json", {}}, "parent.json"), "own.json");
  EXPECT_EQ(*isolator->ProfileFor(Request{{}, true}, "parent.json"), std::nullopt);
  EXPECT_FALSE(isolator->ProfileFor(Request{{}, false}, "parent.json"));
  EXPECT_FALSE(isolator->ProfileFor(Request{"own.json", true}, "parent.json"));
}

// Prints what a launch waits for where the filter is known, beside the bare reading of the file.
TEST_F(IsolatorTest, TimeOfAKnownFilter) {
  std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)";
  while (text.size() < std::size_t{24} << 10U) {  // about as long as Docker's default
    text += R"({"names": ["execve"], "action": "SCMP_ACT_ALLOW"},)"
            "\n";
  }
  Write("a.json", text + R"({"names": ["write"], "action": "SCMP_ACT_ALLOW"}]})");
  const auto isolator = Create();
  ASSERT_TRUE(isolator) << isolator.error().message;
  const auto microseconds = [](const auto& work) {
    constexpr int kRounds = 2000;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    return took.count() / kRounds;
  };
  const double read = microseconds([&] { (void)ReadProfileFile(folder_, "a.json"); });
  const double known =
      microseconds([&] { (void)isolator->FilterFor("a.json", CapabilitySet::Docker()); });
  std::cout << "reading a profile of " << text.size() << " bytes: " << read
            << " us; its known filter: " << known << " us\n";
  EXPECT_EQ(isolator->cache_counts().misses, 1U);
}

TEST(FilterCacheTest, IsBounded) {
  const auto filter = std::make_shared<const Filter>(Filter{{{BPF_RET | BPF_K, 0, 0, 0}}, 0});
  FilterCache cache(2, 1000);
  cache.Insert({"", "a"}, filter);
  cache.Insert({"", "b"}, filter);
  EXPECT_TRUE(cache.Find({"", "a"}));
  cache.Insert({"", "c"}, filter);  // b was used longest ago
  EXPECT_TRUE(cache.Find({"", "a"}));
  EXPECT_FALSE(cache.Find({"", "b"}));
  EXPECT_TRUE(cache.Find({"", "c"}));
  EXPECT_EQ(cache.counts().evictions, 1U);
  EXPECT_EQ(cache.counts().bytes, 2 * (1 + sizeof(sock_filter)));
  cache.Insert({"", std::string(990, 'd')}, filter);
  EXPECT_EQ(cache.counts().entries, 1U);
  cache.Insert({"", std::string(2000, 'e')}, filter);
  const FilterCache::Counts counts = cache.counts();
  EXPECT_EQ(counts.entries, 0U);
  EXPECT_EQ(counts.bytes, 0U);
  EXPECT_EQ(counts.hits, 3U);
  EXPECT_EQ(counts.misses, 1U);
  EXPECT_EQ(counts.evictions, 5U);
}

TEST(FilterCacheTest, BothHalvesOfTheKeyCount) {
  const auto filter = std::make_shared<const Filter>(Filter{{{BPF_RET | BPF_K, 0, 0, 0}}, 0});
  FilterCache cache;
  cache.Insert({"ab", "c"}, filter);
  EXPECT_TRUE(cache.Find({"ab", "c"}));
  EXPECT_FALSE(cache.Find({"a", "bc"}));
  EXPECT_FALSE(cache.Find({"abc", ""}));
}

TEST(FilterCacheTest, FromManyThreads) {
  FilterCache cache(4, 1000);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&cache] {
        for (unsigned i = 0; i < 2000; ++i) {
          const std::string key = std::to_string(i % 8);
          const auto filter =
              std::make_shared<const Filter>(Filter{{{BPF_RET | BPF_K, 0, 0, i % 8}}, 0});
          const auto found = cache.Find({"", key});
          EXPECT_TRUE(!found || found->program[0].k == i % 8);
          cache.Insert({"", key}, filter);
        }
      });
    }
  }
  EXPECT_LE(cache.counts().entries, 4U);
}

// On every profile of the golden cases: what a launch does not ask would not have refused it.
TEST(RulesWithoutErrors, FindNoErrors) {
  const auto host = HostTarget().value();
  std::size_t found = 0;
  for (const std::string_view id : RulesWithoutErrors()) {
    lint::engine::Options options{{host}, {}};
    ASSERT_TRUE(options.selection.Select(id)) << id;
    ASSERT_TRUE(options.selection.Ignore("SL0"));  // of files without a profile
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

}  // namespace
}  // namespace runtime::isolator
