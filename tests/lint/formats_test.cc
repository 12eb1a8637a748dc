// Each report format as a whole: tests/lint/formats/report.FORMAT, of one profile that has findings
// of every severity, a fix, related places, suppressed findings, and text that every format must
// escape.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

#include "lint/engine/baseline.h"
#include "lint/engine/engine.h"
#include "lint/report/format.h"
#include "lint/report/github.h"
#include "lint/report/relative_path.h"
#include "lint/report/xml.h"

namespace {

namespace fs = std::filesystem;
using namespace lint;

const fs::path kFolder = "tests/lint/formats";
bool update_goldens = false;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Sample {
  engine::Options options;
  std::vector<engine::FileReport> files;
};

// The profile's findings, one of them with a fix and one accepted by a baseline, and a file without
// findings.
Sample MakeSample() {
  Sample sample;
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  sample.options.targets = {target};
  for (const char* rule : {"SL119", "SL301", "SL504"}) {
    EXPECT_TRUE(sample.options.selection.Select(rule));
  }
  const std::string text = ReadAll(kFolder / "profile.json");
  auto report = engine::Check("/repo/a folder/100%,\xC3\xA9.json", text, sample.options);
  for (engine::Report& finding : report.reports) {
    finding.fix.reset();
    if (finding.rule->id != "SL504") continue;
    const std::size_t comma = finding.span.begin - 2;
    finding.fix = rules::Fix{true, "remove it", {{{comma, finding.span.end}, ""}}};
  }
  for (engine::Report& finding : report.suppressed) finding.fix.reset();
  engine::Report known = report.reports.front();
  known.accepted = engine::Acceptance{true, ""};
  report.suppressed.insert(report.suppressed.begin(), known);
  report.reports.erase(report.reports.begin());
  sample.files.push_back(std::move(report));
  sample.files.push_back(
      engine::Check("../good.json", R"({"defaultAction": "SCMP_ACT_ALLOW"})", sample.options));
  return sample;
}

report::FormatOptions Options() {
  report::FormatOptions options;
  options.tool_version = "1.2.3";
  options.working_directory = "/repo";
  options.statistics = true;
  return options;
}

std::string Rendered(const report::Format& format) {
  const Sample sample = MakeSample();
  return report::Render(format, sample.files, sample.options.targets, Options());
}

// What a golden says in the place of a file of the source that stands in the report whole.
constexpr std::pair<const char*, const char*> kIncluded[] = {
    {"@page.css@", "lint/report/html/page.css"}, {"@page.js@", "lint/report/html/page.js"}};

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

void ExpectGolden(const std::string& got, const std::string& name) {
  std::string shortened = got;
  for (const auto& [mark, path] : kIncluded) {
    shortened = Replaced(std::move(shortened), ReadAll(path), mark);
  }
  if (update_goldens) std::ofstream(kFolder / name, std::ios::binary) << shortened;
  std::string expected = ReadAll(kFolder / name);
  for (const auto& [mark, path] : kIncluded) {
    expected = Replaced(std::move(expected), mark, ReadAll(path));
  }
  EXPECT_EQ(got, expected);
}

class FormatTest : public testing::TestWithParam<const report::Format*> {};

TEST_P(FormatTest, IsAsItWas) {
  ExpectGolden(Rendered(*GetParam()), "report." + std::string(GetParam()->name));
}

// Whatever a profile holds, a report is valid UTF-8 without control characters.
TEST_P(FormatTest, HoldsNothingThatActsOnATerminal) {
  for (const char c : Rendered(*GetParam())) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  }
}

TEST_P(FormatTest, OfNoFilesIsWellFormed) {
  const std::string text = report::Render(*GetParam(), {}, {}, Options());
  if (text.starts_with('{') || text.starts_with('[')) {
    boost::json::error_code error;
    boost::json::parse(text, error);
    EXPECT_FALSE(error) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Report, FormatTest,
                         testing::ValuesIn(report::Formats().begin(), report::Formats().end()),
                         [](const auto& name) { return std::string(name.param->name); });

TEST(Github, SummarisesTheJob) {
  const Sample sample = MakeSample();
  report::Tally tally;
  for (const engine::FileReport& file : sample.files) tally.Add(file);
  ExpectGolden(report::GithubSummary(tally), "summary.github");
}

// What sarif-schema-2.1.0.json and the standard's text ask for, where a consumer would fail.
TEST(Sarif, HasTheStructureOfTheStandard) {
  const auto log = boost::json::parse(Rendered(*report::FindFormat("sarif")));
  EXPECT_EQ(log.at("version").as_string(), "2.1.0");
  ASSERT_EQ(log.at("runs").as_array().size(), 1U);
  const auto& run = log.at("runs").at(0);
  EXPECT_EQ(run.at("columnKind").as_string(), "unicodeCodePoints");
  EXPECT_TRUE(run.at("originalUriBaseIds").as_object().contains("%SRCROOT%"));
  EXPECT_TRUE(run.at("invocations").at(0).at("executionSuccessful").as_bool());
  std::set<std::string> ids;
  for (const auto& rule : run.at("tool").at("driver").at("rules").as_array()) {
    EXPECT_TRUE(ids.insert(rule.at("id").as_string().c_str()).second);
    for (const char* key : {"shortDescription", "fullDescription", "help"}) {
      EXPECT_FALSE(rule.at(key).at("text").as_string().empty()) << key;
    }
    EXPECT_TRUE(rule.at("defaultConfiguration").as_object().contains("level"));
  }
  std::set<std::string> fingerprints;
  std::set<std::string> kinds;
  std::size_t fixes = 0;
  for (const auto& result : run.at("results").as_array()) {
    EXPECT_TRUE(ids.contains(result.at("ruleId").as_string().c_str()));
    const auto level = result.at("level").as_string();
    EXPECT_TRUE(level == "error" || level == "warning" || level == "note") << level.c_str();
    const auto& place = result.at("locations").at(0).at("physicalLocation");
    const auto uri = place.at("artifactLocation").at("uri").as_string();
    EXPECT_EQ(uri, "a%20folder/100%25%2C%C3%A9.json");
    const auto& region = place.at("region").as_object();
    for (const char* key : {"startLine", "startColumn", "endLine", "endColumn"}) {
      EXPECT_GE(region.at(key).to_number<int>(), 1) << key;
    }
    const auto& print = result.at("partialFingerprints").at("seccompLint/v1").as_string();
    EXPECT_TRUE(fingerprints.insert(print.c_str()).second) << print.c_str();
    const auto& object = result.as_object();
    if (object.contains("suppressions")) {
      kinds.insert(object.at("suppressions").at(0).at("kind").as_string().c_str());
    }
    if (object.contains("fixes")) {
      ++fixes;
      const auto& change = object.at("fixes").at(0).at("artifactChanges").at(0);
      EXPECT_EQ(change.at("artifactLocation").at("uri").as_string(), uri);
      EXPECT_TRUE(change.at("replacements").at(0).as_object().contains("deletedRegion"));
    }
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"external", "inSource"}));
  EXPECT_EQ(fixes, 1U);
}

TEST(Fix, IsLeftOutWhereItIsNoUtf8) {
  Sample sample = MakeSample();
  for (engine::Report& finding : sample.files[0].reports) {
    finding.fix = rules::Fix{true, "break it", {{finding.span, "\xFF"}}};
  }
  const std::string text =
      report::Render(*report::FindFormat("sarif"), sample.files, sample.options.targets, Options());
  EXPECT_EQ(text.find("\"fixes\""), std::string::npos);
}

TEST(RelativePath, IsSeenFromTheWorkingDirectory) {
  EXPECT_EQ(report::RelativePath("/repo/a/b.json", "/repo"), "a/b.json");
  EXPECT_EQ(report::RelativePath("./a/../b.json", "/repo"), "b.json");
  EXPECT_EQ(report::RelativePath("../b.json", "/repo/a"), "/repo/b.json");
  EXPECT_EQ(report::RelativePath("/report/b.json", "/repo"), "/report/b.json");
  EXPECT_EQ(report::RelativePath("<stdin>", "/repo"), "<stdin>");
  EXPECT_EQ(report::PercentEncoded("a b/\xFF#?[1].json"), "a%20b/%FF%23%3F%5B1%5D.json");
}

TEST(Xml, EscapesWhatItCannotHold) {
  EXPECT_EQ(report::XmlEscaped("<a & \"b\">\x01\x7f\n\xEF\xBF\xBF\xEF\xBF\xBD"),
            "&lt;a &amp; &quot;b&quot;&gt;\\x01\\x7f\\x0a\\uffff\xEF\xBF\xBD");
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
