#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "lint/engine/engine.h"
#include "lint/report/json.h"
#include "lint/report/printable.h"
#include "lint/report/text.h"

namespace lint {
namespace {

engine::Options OnTarget(std::string_view text = "") {
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  if (!text.empty()) target = *schema::kernel::ParseTarget(text, target);
  return {{target}, {}};
}

constexpr const char* kUnknownAction =
    "{\n\t\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
    "\t\"syscalls\": [{ \"names\": [\"\xC3\xA9\"], \"action\": \"SCMP_ACT_DENY\" }]\n}\n";

TEST(Printable, EscapesWhatActsOnATerminal) {
  EXPECT_EQ(report::Printable("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(report::Printable("\x1b[2J\r\n\x7f"), "\\x1b[2J\\x0d\\x0a\\x7f");
  EXPECT_EQ(report::Printable("\xC2\x9B"), "\\u009b");      // C1's CSI
  EXPECT_EQ(report::Printable("\xE2\x80\xAE"), "\\u202e");  // right-to-left override
  EXPECT_EQ(report::Printable("\xE2\x80\xA8\xE2\x80\x8B\xD8\x9C"), "\\u2028\\u200b\\u061c");
  EXPECT_EQ(report::Printable("a\xFFz\xE2\x80"), "a\\xffz\\xe2\\x80");  // not UTF-8
  EXPECT_EQ(report::Printable("a\tb", true), "a\tb");
}

TEST(Printable, IsCutBetweenCharacters) {
  EXPECT_EQ(report::Shortened("abcd", 4), "abcd");
  EXPECT_EQ(report::Shortened("abcde", 4), "abcd...");
  EXPECT_EQ(report::Shortened("abc\xC3\xA9", 4), "abc...");
  EXPECT_EQ(report::Shortened("a\x1b", 4), "a\\x1...");
  EXPECT_EQ(report::Shortened(std::string(100, '\xFF'), 8), "\\xff\\xff...");
}

TEST(Text, PointsAtTheSpanByCodePoints) {
  const auto options = OnTarget();
  const auto file = engine::Check("p.json", kUnknownAction, options);
  const std::string text = report::Text(file, options.targets, {});
  EXPECT_NE(
      text.find("p.json:3:43: error: \"SCMP_ACT_DENY\" is no action: runc and crun refuse the "
                "profile [SL104 unknown-action]\n"
                "    3 | \t\"syscalls\": [{ \"names\": [\"\xC3\xA9\"], "
                "\"action\": \"SCMP_ACT_DENY\" }]\n"
                "      | \t                                         ^~~~~~~~~~~~~~~\n"),
      std::string::npos)
      << text;
}

TEST(Text, ShowsAPartOfALongLine) {
  const auto options = OnTarget();
  const std::string text =
      report::Text(engine::Check("p", "{\"x\": \"" + std::string(5000, 'y') + "\" oops}", options),
                   options.targets, {});
  EXPECT_LT(text.size(), 800U) << text;
  EXPECT_NE(text.find("oops"), std::string::npos);
}

TEST(Text, ColoursOnlyWhenAsked) {
  const auto options = OnTarget();
  const auto file = engine::Check("p", "{", options);
  EXPECT_EQ(report::Text(file, options.targets, {}).find('\x1b'), std::string::npos);
  EXPECT_NE(report::Text(file, options.targets, {.color = true}).find("\x1b[1;31merror:"),
            std::string::npos);
}

TEST(Text, SummarisesAllFiles) {
  const auto options = OnTarget();
  const std::vector<engine::FileReport> files = {
      engine::Check("a", "{", options),
      engine::Check("b", R"({"defaultAction": "SCMP_ACT_ALLOW"})", options)};
  report::Tally good;
  good.Add(files[1]);
  EXPECT_EQ(report::TextSummary(good, {}), "1 file checked: no findings\n");
  report::Tally both = good;
  both.Add(files[0]);
  EXPECT_EQ(report::TextSummary(both, {}), "2 files checked: 1 error\n");
}

TEST(Json, HoldsEveryFieldOfAFinding) {
  const auto options = OnTarget("arch=aarch64,engine=docker");
  const std::vector<engine::FileReport> files = {engine::Check("p.json", kUnknownAction, options)};
  const auto json = boost::json::parse(report::Json(files, options.targets, "1.2.3")).as_object();
  EXPECT_EQ(json.at("version").as_int64(), 1);
  EXPECT_EQ(json.at("tool").at("version").as_string(), "1.2.3");
  EXPECT_EQ(json.at("summary").at("files").as_int64(), 1);
  for (const auto& finding : json.at("findings").as_array()) {
    if (finding.at("rule").as_string() != "SL104") continue;
    EXPECT_EQ(finding.at("name").as_string(), "unknown-action");
    EXPECT_EQ(finding.at("severity").as_string(), "error");
    EXPECT_EQ(finding.at("file").as_string(), "p.json");
    EXPECT_EQ(finding.at("line").as_int64(), 3);
    EXPECT_EQ(finding.at("column").as_int64(), 43);
    EXPECT_EQ(finding.at("endLine").as_int64(), 3);
    EXPECT_EQ(finding.at("endColumn").as_int64(), 58);
    EXPECT_EQ(finding.at("pointer").as_string(), "/syscalls/0/action");
    EXPECT_EQ(finding.at("targets").as_array().at(0).as_string(),
              "arch=aarch64,kernel=6.1,libseccomp=2.5.4,caps=none,engine=docker");
    EXPECT_TRUE(finding.at("related").is_array());
    EXPECT_TRUE(finding.at("fix").is_null());
    return;
  }
  FAIL() << "no SL104";
}

TEST(Engine, MergesAFindingOfSeveralTargets) {
  auto options = OnTarget("arch=x86_64");
  options.targets.push_back(*schema::kernel::ParseTarget("arch=aarch64", options.targets[0]));
  const auto file = engine::Check("p", R"({"defaultAction": "SCMP_ACT_DENY"})", options);
  ASSERT_EQ(file.reports.size(), 1U);
  EXPECT_EQ(file.reports[0].targets, (std::vector<std::size_t>{0, 1}));
}

TEST(Selection, TakesIdsNamesAndPrefixes) {
  engine::Selection selection;
  EXPECT_TRUE(selection.Select("SL0"));
  EXPECT_TRUE(selection.Ignore("json-syntax"));
  EXPECT_FALSE(selection.Runs(*rules::FindRule("SL001")));
  EXPECT_TRUE(selection.Runs(*rules::FindRule("SL002")));
  EXPECT_FALSE(selection.Runs(*rules::FindRule("SL301")));
  EXPECT_FALSE(selection.Select("SL9"));
  EXPECT_FALSE(selection.Select(""));
}

// A hostile file: what is told of one rule is bounded, and a note says so.
TEST(Engine, TellsAtMostSoMuchOfARule) {
  std::string text = R"({"defaultAction": "SCMP_ACT_ALLOW")";
  for (std::size_t i = 0; i < engine::kMostOfARule + 2; ++i) {
    text += ",\"k" + std::to_string(i) + "\":1";
  }
  engine::Options options = OnTarget();
  ASSERT_TRUE(options.selection.Select("SL101"));
  const auto report = engine::Check("p.json", text + "}", options);
  EXPECT_EQ(report.reports.size(), engine::kMostOfARule);
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(report.notes[0].message, "2 more findings of SL101 are not listed");
}

}  // namespace
}  // namespace lint
