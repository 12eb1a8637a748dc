// The forms beside Docker's: tests/lint/forms/NAME gives exactly NAME.expected, the text report.
//
//     lint_forms_test --update-goldens     writes them anew: read the difference

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "lint/engine/engine.h"
#include "lint/engine/fix_text.h"
#include "lint/report/format.h"
#include "lint/report/text.h"
#include "schema/kernel/target.h"

namespace {

namespace fs = std::filesystem;

const fs::path kForms = "tests/lint/forms";
bool update_goldens = false;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

lint::engine::Options OptionsFor(const std::string& target) {
  schema::kernel::Target defaults;
  defaults.kernel = {6, 1};
  defaults.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  defaults.capabilities = schema::kernel::CapabilitySet::Docker();
  lint::engine::Options options{*schema::kernel::ParseTargets(target, defaults), {}};
  options.all_forms = true;
  options.engine_is_named = target.find("engine=") != std::string::npos;
  return options;
}

lint::engine::FileReport Check(const std::string& name, const std::string& target = "arch=amd64") {
  return lint::engine::Check(name, ReadAll(kForms / name), OptionsFor(target));
}

bool Has(const lint::engine::FileReport& report, std::string_view rule) {
  for (const auto& finding : report.reports) {
    if (finding.rule->id == rule) return true;
  }
  return false;
}

TEST(Forms, EachGivesItsReport) {
  for (const auto& entry : fs::directory_iterator(kForms)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() == ".expected") continue;
    const auto options = OptionsFor("arch=amd64");
    const auto report = Check(name);
    const std::string text = lint::report::Text(report, TargetsOf(report, options), {});
    const fs::path golden = kForms / (name + ".expected");
    if (update_goldens) std::ofstream(golden) << text;
    EXPECT_EQ(text, ReadAll(golden)) << name;
  }
}

TEST(Forms, EveryFormatTakesThem) {
  for (const char* name : {"bad.yaml", "config.json", "broken.yaml", "nothing.yaml", "base.yaml"}) {
    const auto options = OptionsFor("arch=amd64+arm64");
    const auto report = Check(name, "arch=amd64+arm64");
    for (const lint::report::Format* format : lint::report::Formats()) {
      const std::string text =
          lint::report::Render(*format, std::vector{report}, TargetsOf(report, options), {});
      EXPECT_NE(text.find(name), std::string::npos) << name << " " << format->name;
    }
  }
}

TEST(Forms, AConfigIsForOciWhereNobodySaysOtherwise) {
  const auto report = Check("config.json");
  ASSERT_EQ(report.targets.size(), 1U);
  EXPECT_EQ(report.targets[0].engine, schema::kernel::Engine::kOci);
  EXPECT_FALSE(Has(report, "SL103"));
  EXPECT_TRUE(Has(report, "SL301"));
}

TEST(Forms, DockerTakesAConfigForAProfileThatSaysNothing) {
  const auto report = Check("config.json", "engine=docker");
  EXPECT_TRUE(Has(report, "SL103"));
  EXPECT_FALSE(Has(report, "SL301"));
  const auto oci = Check("config.json", "engine=oci");
  EXPECT_FALSE(Has(oci, "SL103"));
  EXPECT_TRUE(Has(oci, "SL301"));
}

TEST(Forms, OurAgentReadsDockersFormAlone) {
  auto options = OptionsFor("arch=amd64");
  options.all_forms = false;
  for (const char* name : {"config.json", "list.json"}) {
    EXPECT_TRUE(Has(lint::engine::Check(name, ReadAll(kForms / name), options), "SL103")) << name;
  }
  EXPECT_TRUE(
      Has(lint::engine::Check("good.yaml", ReadAll(kForms / "good.yaml"), options), "SL001"));
}

TEST(Forms, PointersBeginWithTheDocument) {
  const auto report = Check("bad.yaml");
  bool found = false;
  for (const auto& finding : report.reports) {
    if (finding.rule->id != "SL301") continue;
    EXPECT_EQ(schema::json::PointerTo(report.document, finding.span), "/1/spec/syscalls/0/names/2");
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST(Forms, YamlIsNotFixedAndConfigsAre) {
  for (const auto& finding : Check("bad.yaml").reports)
    EXPECT_FALSE(finding.fix) << finding.message;
  std::string text = ReadAll(kForms / "config.json");
  text.replace(text.find("\"wirte\""), 7, "\"read\"");
  const auto fixed = lint::engine::FixText("config.json", text, OptionsFor("arch=amd64"), {});
  EXPECT_EQ(fixed.fixed, 1U);
  EXPECT_TRUE(fixed.refused.empty());
  EXPECT_EQ(fixed.report.document.text.find("\"read\", \"read\""), std::string::npos);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  update_goldens = argc > 1 && std::strcmp(argv[1], "--update-goldens") == 0;
  return RUN_ALL_TESTS();
}
