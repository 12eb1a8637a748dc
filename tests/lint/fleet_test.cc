// Many targets in one run: what they share must not change what is found.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <tuple>

#include "lint/engine/engine.h"
#include "lint/report/target_list.h"
#include "schema/json/read_file.h"

namespace lint {
namespace {

namespace fs = std::filesystem;
using schema::kernel::Target;

Target Base() {
  Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  target.capabilities = schema::kernel::CapabilitySet::Docker();
  return target;
}

std::vector<Target> Targets(const std::vector<std::string>& texts) {
  std::vector<Target> targets;
  for (const std::string& text : texts) {
    const auto some = schema::kernel::ParseTargets(text, Base());
    EXPECT_TRUE(some) << some.error().message;
    targets.insert(targets.end(), some->begin(), some->end());
  }
  return targets;
}

// As many kinds of targets as tell rules apart.
std::vector<Target> Fleet() {
  return Targets({"arch=amd64+s390x+arm+mips64,kernel=3.4", "arch=all,kernel=4.3",
                  "arch=amd64+arm64+x86,engine=docker,kernel=6.18",
                  "engine=docker,libseccomp=2.3.1,kernel=4.19", "engine=mesos,caps=all",
                  "engine=oci,caps=none,kernel=7.3", "caps=CAP_SYS_ADMIN,arch=ppc64le+riscv64"});
}

// A finding and one of its targets.
using Found = std::tuple<std::string_view, std::size_t, rules::Severity, std::string, std::size_t>;

std::set<Found> AllFound(const std::string& text, const std::vector<Target>& targets,
                         std::size_t first = 0) {
  engine::Options options{targets, {}};
  static_cast<void>(options.selection.Select("all"));
  std::set<Found> found;
  for (const engine::Report& report : engine::Check("p.json", text, options).reports) {
    for (const std::size_t target : report.targets) {
      found.emplace(report.rule->id, report.span.begin, report.severity, report.message,
                    first + target);
    }
  }
  return found;
}

std::vector<fs::path> Profiles() {
  std::vector<fs::path> paths;
  for (const char* folder : {"profiles", "tests/lint/cases"}) {
    for (const auto& file : fs::recursive_directory_iterator(folder)) {
      if (file.path().extension() == ".json") paths.push_back(file.path());
    }
  }
  return paths;
}

// A rule that reads more of the target than it says would find something else on its own.
TEST(Fleet, FindsWhatEachTargetFindsAlone) {
  const std::vector<Target> fleet = Fleet();
  const auto paths = Profiles();
  ASSERT_GT(paths.size(), 80U);
  for (const fs::path& path : paths) {
    const auto text = schema::json::ReadFile(path);
    ASSERT_TRUE(text);
    std::set<Found> alone;
    for (std::size_t i = 0; i < fleet.size(); ++i) alone.merge(AllFound(*text, {fleet[i]}, i));
    const std::set<Found> together = AllFound(*text, fleet);
    EXPECT_EQ(together.size(), alone.size()) << path;
    for (const Found& found : alone) {
      EXPECT_TRUE(together.contains(found))
          << path << ": " << std::get<0>(found) << " on " << ToString(fleet[std::get<4>(found)])
          << ": " << std::get<3>(found);
    }
  }
}

TEST(Fleet, KnowsEveryNameOfTheDefaultProfile) {
  const auto text = schema::json::ReadFile("profiles/default.json");
  ASSERT_TRUE(text);
  std::vector<std::string> targets;
  for (const char* kernel :
       {"3.5", "3.10", "4.14", "4.19", "5.4", "5.10", "5.15", "6.1", "6.6", "6.12", "6.18"}) {
    targets.push_back(std::string("arch=all,kernel=") + kernel);
  }
  engine::Options options{Targets(targets), {}};
  EXPECT_EQ(options.targets.size(), 253U);
  static_cast<void>(options.selection.Select("SL301"));
  EXPECT_TRUE(engine::Check("default.json", *text, options).reports.empty());
}

std::string ListOf(const std::vector<Target>& targets, const std::vector<std::size_t>& indices) {
  return report::TargetList(targets, indices);
}

TEST(TargetList, SaysWhatDiffers) {
  const auto kernels = Targets({"kernel=4.19", "kernel=5.4", "kernel=5.10", "kernel=6.1"});
  EXPECT_EQ(ListOf(kernels, {0, 1, 2, 3}), "all");
  EXPECT_EQ(ListOf(kernels, {0}), "kernel=4.19");
  EXPECT_EQ(ListOf(kernels, {0, 1, 3}), "kernel=4.19..5.4+6.1");
  const auto grid = Targets({"arch=amd64+arm64+s390x,kernel=5.4", "arch=amd64+arm64+s390x"});
  EXPECT_EQ(ListOf(grid, {0, 1, 2}), "kernel=5.4");
  EXPECT_EQ(ListOf(grid, {0, 3}), "arch=x86_64");
  EXPECT_EQ(ListOf(grid, {0, 3, 4}), "arch=x86_64; arch=aarch64,kernel=6.1");
  const auto engines = Targets({"engine=docker", "engine=isolator,caps=none"});
  EXPECT_EQ(ListOf(engines, {1}), "caps=none,engine=isolator");
}

}  // namespace
}  // namespace lint
