// seccomp-lint merge on pairs of profiles: tests/lint/merge/NAME/{1.json,2.json} and what it
// prints, `expected`. merge_test --update-goldens writes these anew: read the difference.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/lint/cli_fixture.h"

namespace {

bool update_goldens = false;

constexpr const char* kTarget = " --target arch=amd64,kernel=6.1,libseccomp=2.5.4";

class MergeTest : public CliTest {
 protected:
  // With the profiles of the case as 1.json and 2.json.
  void Enter(const fs::path& folder) {
    for (const char* name : {"1.json", "2.json"}) {
      fs::copy_file(folder / name, directory_ / name, fs::copy_options::overwrite_existing);
    }
  }
};

std::vector<fs::path> Cases() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(MERGE_CASES)) folders.push_back(entry.path());
  std::ranges::sort(folders);
  return folders;
}

TEST_F(MergeTest, Goldens) {
  for (const fs::path& folder : Cases()) {
    SCOPED_TRACE(folder.filename());
    Enter(folder);
    const Outcome merged = Run(std::string("merge 1.json 2.json") + kTarget);
    const std::string got =
        merged.out + merged.err + "exit status " + std::to_string(merged.exit_code) + "\n";
    if (update_goldens) std::ofstream(folder / "expected", std::ios::binary) << got;
    EXPECT_EQ(got, Slurp(folder / "expected"));
    const bool has_union =
        folder.filename().string().starts_with("no_union") || folder.filename() == "other_default";
    EXPECT_EQ(merged.exit_code, has_union ? 1 : 0);
  }
}

TEST_F(MergeTest, DeniesNothingAndIsFinished) {
  for (const fs::path& folder : Cases()) {
    SCOPED_TRACE(folder.filename());
    Enter(folder);
    if (Run(std::string("merge 1.json 2.json -o both.json") + kTarget).exit_code != 0) continue;
    for (const char* part : {"1.json", "2.json"}) {
      const Outcome diff = Run(std::string("diff ") + part + " both.json" + kTarget);
      EXPECT_EQ(diff.out.find("newly denied"), std::string::npos) << diff.out;
    }
    const std::string text = Text("both.json");
    EXPECT_EQ(Run(std::string("merge both.json") + kTarget).out, text);
    EXPECT_EQ(Run(std::string("merge both.json 2.json 1.json") + kTarget).out, text);
    EXPECT_EQ(Run(std::string("--fix --unsafe-fixes both.json") + kTarget).exit_code, 0);
    EXPECT_EQ(Text("both.json"), text);
    EXPECT_EQ(Run(std::string("both.json --select SL5") + kTarget).out,
              "1 file checked: no findings\n");
  }
}

TEST_F(MergeTest, WithTheDefaultProfile) {
  Enter(fs::path(MERGE_CASES) / "joins");
  const std::string shipped = std::string(MERGE_CASES) + "/../../../profiles/default.json";
  const Outcome differing = Run("merge " + shipped + " 1.json" + kTarget);
  EXPECT_EQ(differing.exit_code, 1);
  EXPECT_NE(differing.err.find("with --share-architectures"), std::string::npos) << differing.err;
  EXPECT_EQ(Run("merge --share-architectures " + shipped + " 1.json -o both.json" + kTarget).err,
            "seccomp-lint: note: what no profile allows gets SCMP_ACT_ERRNO(EPERM) as in " +
                shipped + ", not SCMP_ACT_ERRNO(ENOSYS) as in 1.json\n");
  EXPECT_EQ(Run("both.json --fail-level warning" + std::string(kTarget)).exit_code, 0);
  const Outcome same = Run("merge " + shipped + " " + shipped + " -o same.json" + kTarget);
  EXPECT_EQ(same.err, "");
  EXPECT_EQ(
      Run("diff --target arch=all,caps=all --target arch=all,caps=none " + shipped + " same.json")
          .out,
      "no call's verdict changes\n");
}

TEST_F(MergeTest, CommandLine) {
  Write("a.json", kGood);
  Write("bad.json", kBad);
  EXPECT_EQ(Run("merge").err, "seccomp-lint: merge takes one PROFILE or more\n");
  EXPECT_EQ(Run("merge - -").err,
            "seccomp-lint: only one of the profiles can be the standard input\n");
  EXPECT_EQ(Run("merge a.json nowhere.json").exit_code, 2);
  EXPECT_EQ(Run("merge a.json bad.json").exit_code, 1);
  EXPECT_EQ(Run("merge a.json -o /no/such/folder/b.json").exit_code, 2);
  const Outcome piped = Shell(std::string(SECCOMP_LINT) + " merge - a.json < a.json");
  EXPECT_EQ(piped.out, "{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\",\n  \"syscalls\": []\n}\n");
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update-goldens") == 0) update_goldens = true;
  }
  return RUN_ALL_TESTS();
}
