// What fixes make of profiles. tests/lint/fixes/<rule>[-<what>]/before.json becomes after.json by
// the fixes of that rule alone: by safe ones, or, where there is a file `unsafe`, by the others,
// too.
//
//     fix_test --update-goldens     writes after.json anew: read the difference

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "lint/cli/replace_file.h"
#include "lint/cli/unified_diff.h"
#include "lint/engine/fix_text.h"
#include "lint/rules/edit.h"
#include "schema/json/reader.h"
#include "schema/policy/difference.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace {

namespace fs = std::filesystem;
using lint::engine::FixText;

const fs::path kFixes = "tests/lint/fixes";
bool update_goldens = false;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

schema::kernel::Target TargetOf(schema::kernel::Architecture architecture) {
  schema::kernel::Target target;
  target.architecture = architecture;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  target.capabilities = schema::kernel::CapabilitySet::Docker();
  return target;
}

lint::engine::Options OptionsFor(const std::string& rules) {
  using schema::kernel::Architecture;
  lint::engine::Options options{{TargetOf(Architecture::kX86_64), TargetOf(Architecture::kAarch64)},
                                {}};
  EXPECT_TRUE(options.selection.Select(rules));
  return options;
}

schema::profile::ParseResult Parsed(const std::string& text) {
  const auto json = schema::json::Read(text);
  EXPECT_TRUE(json.valid) << text;
  return schema::profile::Parse(json.document);
}

class FixCaseTest : public testing::TestWithParam<fs::path> {};

TEST_P(FixCaseTest, BeforeBecomesAfterAndStaysSo) {
  const std::string name = GetParam().filename().string();
  lint::engine::Options options = OptionsFor(name.substr(0, name.find('-')));
  options.targets.pop_back();
  const bool unsafe = fs::exists(GetParam() / "unsafe");
  const std::string before = ReadAll(GetParam() / "before.json");
  if (unsafe) {
    EXPECT_EQ(FixText(name, before, options).report.document.text, before);
  }
  const auto fixed = FixText(name, before, options, {.unsafe = unsafe});
  const std::string& after = fixed.report.document.text;
  if (update_goldens) std::ofstream(GetParam() / "after.json", std::ios::binary) << after;
  EXPECT_EQ(after, ReadAll(GetParam() / "after.json"));
  EXPECT_NE(after, before);
  EXPECT_GT(fixed.fixed, 0U);
  EXPECT_TRUE(fixed.refused.empty()) << fixed.refused.front();
  EXPECT_TRUE(schema::json::Read(after).valid);
  const auto again = FixText(name, after, options, {.unsafe = unsafe});
  EXPECT_EQ(again.report.document.text, after);
  EXPECT_EQ(again.fixed, 0U);
}

std::vector<fs::path> Folders() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kFixes)) folders.push_back(entry.path());
  std::ranges::sort(folders);
  return folders;
}

INSTANTIATE_TEST_SUITE_P(Lint, FixCaseTest, testing::ValuesIn(Folders()), [](const auto& folder) {
  std::string name = folder.param.filename().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

// Every profile that there is: safe fixes leave what it means, by a proof of the test's own.
TEST(Fix, SafeOnesKeepThePolicy) {
  const lint::engine::Options options = OptionsFor("all");
  std::size_t fixed_files = 0;
  for (const char* folder : {"tests/lint/cases", "tests/lint/fixes", "profiles"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      SCOPED_TRACE(entry.path());
      const std::string before = ReadAll(entry.path());
      const auto fixed = FixText("f", before, options);
      EXPECT_TRUE(fixed.refused.empty()) << fixed.refused.front();
      const std::string& after = fixed.report.document.text;
      if (after == before) continue;
      ++fixed_files;
      EXPECT_EQ(FixText("f", after, options).report.document.text, after);
      const auto old_profile = Parsed(before).profile;
      const auto new_profile = Parsed(after).profile;
      ASSERT_TRUE(old_profile && new_profile);
      for (const schema::kernel::Target& target : options.targets) {
        for (const bool horizon : {false, true}) {
          const auto old_policy =
              schema::policy::Resolve(*old_profile, target, {.enosys_horizon = horizon});
          const auto new_policy =
              schema::policy::Resolve(*new_profile, target, {.enosys_horizon = horizon});
          if (!old_policy) continue;
          ASSERT_TRUE(new_policy);
          const auto differences = schema::policy::FindDifferences(*old_policy, *new_policy);
          EXPECT_TRUE(!differences || differences->empty());
        }
      }
    }
  }
  EXPECT_GE(fixed_files, 6U);
}

TEST(Fix, UnsafeOnesLeaveJson) {
  const lint::engine::Options options = OptionsFor("all");
  for (const auto& entry : fs::recursive_directory_iterator("tests/lint/cases")) {
    if (entry.path().extension() != ".json") continue;
    const std::string before = ReadAll(entry.path());
    const auto fixed = FixText("f", before, options, {.unsafe = true});
    const std::string& after = fixed.report.document.text;
    EXPECT_TRUE(after == before || schema::json::Read(after).valid) << entry.path();
  }
}

// As if a rule of ours were wrong about being safe.
TEST(Fix, OneThatIsNotSafeIsRefused) {
  const std::string before = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read", "read"], "action": "SCMP_ACT_ALLOW"}]})";
  lint::engine::FixOptions wrong;
  wrong.accept = [](lint::engine::FileReport& file) {
    const auto* root = &file.document.root;
    for (lint::engine::Report& report : file.reports) report.fix.reset();
    file.reports.at(0).fix = lint::rules::FixBy(
        true, "allow all",
        {lint::rules::Edit{root->members.at(0).value.span, "\"SCMP_ACT_ALLOW\""}});
  };
  const auto fixed = FixText("f", before, OptionsFor("SL504"), wrong);
  EXPECT_EQ(fixed.report.document.text, before);
  EXPECT_EQ(fixed.fixed, 0U);
  ASSERT_EQ(fixed.refused.size(), 1U);
  EXPECT_EQ(fixed.refused[0], "SL504 duplicate: allow all");
}

// Nor is a text that is not JSON any more ever the result.
// Without the rule nothing changes on x86_64; on aarch64 accept was the highest number, below which
// runc answers unknown calls with the default.
TEST(Fix, OneThatChangesAnotherArchitectureIsNotSafe) {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["personality", "execve"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["accept"], "action": "SCMP_ACT_ERRNO"}]})";
  lint::engine::Options options = OptionsFor("SL501");
  options.targets.resize(1, TargetOf(schema::kernel::Architecture::kX86_64));
  const auto safely = FixText("p.json", text, options);
  EXPECT_EQ(safely.report.document.text, text);
  EXPECT_EQ(safely.unsafe_left, 1U);
  EXPECT_TRUE(safely.refused.empty());
  EXPECT_EQ(FixText("p.json", text, options, {.unsafe = true}).fixed, 1U);
}

// Not a bug of ours: what a rule without an action means is open.
TEST(Fix, OfAnIncompleteProfileIsNotSafeWhereItMayCount) {
  const auto file = FixText("p.json", R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["exit"]}, {"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]})",
                            OptionsFor("SL501"));
  EXPECT_TRUE(file.refused.empty());
}

// Either can go, since the other still names the highest call; both cannot.
TEST(Fix, OneThatIsSafeUntilAnotherIsMadeIsNoBug) {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["unshare", "clone3"], "action": "SCMP_ACT_ERRNO"},
      {"names": ["clone3", "unshare"], "action": "SCMP_ACT_ERRNO"}]})";
  const auto fixed = FixText("p.json", text, OptionsFor("SL501"));
  EXPECT_TRUE(fixed.refused.empty());
  EXPECT_EQ(fixed.fixed, 1U);
  EXPECT_EQ(fixed.unsafe_left, 1U);
}

// On x86_64 the rule is overruled, on aarch64 it names the highest call: two findings, one fix.
TEST(Fix, OneThatIsUnsafeOnOneOfTheTargetsIsNotSafe) {
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["accept", "arch_prctl"], "action": "SCMP_ACT_ERRNO"},
      {"names": ["arch_prctl"], "action": "SCMP_ACT_KILL_PROCESS"}]})";
  const auto file = FixText("p.json", text, OptionsFor("SL501"));
  EXPECT_TRUE(file.refused.empty());
  EXPECT_EQ(file.report.document.text, text);
  EXPECT_EQ(file.report.reports.size(), 2U);
  EXPECT_EQ(file.unsafe_left, 2U);
}

TEST(Fix, OneThatBreaksTheTextIsRefused) {
  const std::string before = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read", "read"], "action": "SCMP_ACT_ALLOW"}]})";
  lint::engine::FixOptions wrong;
  wrong.unsafe = true;
  wrong.accept = [](lint::engine::FileReport& file) {
    file.reports.at(0).fix =
        lint::rules::FixBy(false, "break it", {lint::rules::Edit{file.document.root.span, "{"}});
  };
  EXPECT_EQ(FixText("f", before, OptionsFor("SL504"), wrong).report.document.text, before);
}

std::string Without(const std::string& array, std::size_t index) {
  const auto json = schema::json::Read(array);
  const auto edit = lint::rules::RemoveElement(json.document, json.document.root.items[index].span);
  return lint::engine::Applied(array, {*edit});
}

TEST(Edit, RemovesAnElementWithItsCommaAndLine) {
  EXPECT_EQ(Without(R"(["a","b","c"])", 0), R"(["b","c"])");
  EXPECT_EQ(Without(R"(["a", "b" , "c"])", 1), R"(["a" , "c"])");
  EXPECT_EQ(Without(R"([ "a", "b" ])", 1), R"([ "a" ])");
  EXPECT_EQ(Without(R"([ "a" ])", 0), "[]");
  EXPECT_EQ(Without("[\r\n\t1,\r\n\t2,\r\n\t3\r\n]", 2), "[\r\n\t1,\r\n\t2\r\n]");
  EXPECT_EQ(Without("[\n1, 2,\n3, 4]", 2), "[\n1, 2,\n4]");
  EXPECT_EQ(Without("[\n1, 2,\n3, 4]", 1), "[\n1,\n3, 4]");
  EXPECT_EQ(Without("[\n  1\n, 2\n, 3]", 1), "[\n  1\n, 3]");
}

std::string With(const std::string& array, std::size_t index) {
  const auto json = schema::json::Read(array);
  const auto edit =
      lint::rules::InsertElementAfter(json.document, json.document.root.items[index].span, "9");
  return lint::engine::Applied(array, {*edit});
}

TEST(Edit, InsertsInTheStyleOfTheArray) {
  EXPECT_EQ(With("[1]", 0), "[1, 9]");
  EXPECT_EQ(With("[1,2]", 1), "[1,2,9]");
  EXPECT_EQ(With("[\n  1\n]", 0), "[\n  1,\n  9\n]");
  EXPECT_EQ(With("[\r\n\t1,\r\n\t2]", 0), "[\r\n\t1,\r\n\t9,\r\n\t2]");
  EXPECT_EQ(With("[1, 2,\n 3, 4]", 1), "[1, 2, 9,\n 3, 4]");
}

TEST(ReplaceFile, LeavesAFileThatChangedMeanwhile) {
  const fs::path path = fs::temp_directory_path() / ("replace." + std::to_string(getpid()));
  std::ofstream(path) << "theirs";
  EXPECT_FALSE(lint::cli::ReplaceFile(path, "read before", "ours"));
  EXPECT_FALSE(lint::cli::ReplaceFile(path, "their", "ours"));
  EXPECT_EQ(ReadAll(path), "theirs");
  EXPECT_TRUE(lint::cli::ReplaceFile(path, "theirs", "ours"));
  EXPECT_EQ(ReadAll(path), "ours");
  fs::remove(path);
  EXPECT_FALSE(lint::cli::ReplaceFile(path, "ours", "again"));
  EXPECT_FALSE(fs::exists(path));
}

TEST(UnifiedDiff, IsWhatPatchReads) {
  using lint::cli::UnifiedDiff;
  EXPECT_EQ(UnifiedDiff("f", "a\n", "a\n"), "");
  EXPECT_EQ(UnifiedDiff("f", "a\nb", "a\n"),
            "--- f\n+++ f\n@@ -1,2 +1 @@\n a\n-b\n\\ No newline at end of file\n");
  EXPECT_EQ(UnifiedDiff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nx\n3\n4\n5\n6\n7\n8\n"),
            "--- f\n+++ f\n@@ -1,9 +1,8 @@\n 1\n-2\n+x\n 3\n 4\n 5\n 6\n 7\n 8\n-9\n");
  EXPECT_EQ(UnifiedDiff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "2\n3\n4\n5\n6\n7\n8\n9\nx\n"),
            "--- f\n+++ f\n@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -7,3 +6,4 @@\n 7\n 8\n 9\n+x\n");
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update-goldens") != 0) {
      std::cerr << "unknown argument " << argv[i] << "\n";
      return 2;
    }
    update_goldens = true;
  }
  return RUN_ALL_TESTS();
}
