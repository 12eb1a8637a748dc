// The golden cases: tests/lint/cases/<rule>/bad.json gives exactly bad.expected, good.json nothing.
// A file `target` changes the target of both, `good.target` that of good.json alone.
//
//     lint_cases_test --update-goldens     writes bad.expected anew: read the difference

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/text.h"

namespace {

namespace fs = std::filesystem;

const fs::path kCases = "tests/lint/cases";
bool update_goldens = false;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Not this host: the output must be the same everywhere.
schema::kernel::Target FixtureTarget(const fs::path& directory, const std::string& file) {
  schema::kernel::Target target;
  target.architecture = schema::kernel::Architecture::kX86_64;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  target.capabilities = schema::kernel::CapabilitySet::Docker();
  fs::path written = directory / fs::path(file).replace_extension("target");
  if (!fs::exists(written)) written = directory / "target";
  if (!fs::exists(written)) return target;
  std::string text = ReadAll(written);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto parsed = schema::kernel::ParseTarget(text, target);
  EXPECT_TRUE(parsed) << directory;
  return parsed ? *parsed : target;
}

// The text report of one file of a case, as users see it.
std::string Lint(const fs::path& directory, const std::string& file) {
  lint::engine::Options options{{FixtureTarget(directory, file)}, {}};
  EXPECT_TRUE(options.selection.Select("all"));
  // Off by default is off for the fixtures of others, too.
  for (const lint::rules::Rule* rule : lint::rules::AllRules()) {
    if (rule->on_by_default || rule->id == directory.filename().string()) continue;
    EXPECT_TRUE(options.selection.Ignore(rule->name));
  }
  const auto report = lint::engine::Check(file, ReadAll(directory / file), options);
  return lint::report::Text(report, options.targets, {});
}

std::vector<fs::path> Cases() {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(kCases)) cases.push_back(entry.path());
  std::ranges::sort(cases);
  return cases;
}

class CaseTest : public testing::TestWithParam<fs::path> {};

TEST_P(CaseTest, BadIsFoundAndGoodIsNot) {
  const std::string got = Lint(GetParam(), "bad.json");
  const fs::path golden = GetParam() / "bad.expected";
  if (update_goldens) std::ofstream(golden, std::ios::binary) << got;
  EXPECT_EQ(got, ReadAll(golden));
  EXPECT_NE(got.find("[" + GetParam().filename().string() + " "), std::string::npos);
  EXPECT_EQ(Lint(GetParam(), "good.json"), "");
}

INSTANTIATE_TEST_SUITE_P(Lint, CaseTest, testing::ValuesIn(Cases()),
                         [](const auto& name) { return name.param.filename().string(); });

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
