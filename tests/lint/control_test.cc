// What a run is told beside its command line: configs, baselines, suppressions.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lint/cli/in_order.h"
#include "lint/engine/baseline.h"
#include "lint/engine/config.h"
#include "lint/engine/engine.h"
#include "lint/engine/fingerprint.h"
#include "lint/engine/glob.h"
#include "lint/report/baseline.h"

namespace lint {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto config = engine::ParseConfig("c.json", text);
  return config ? "" : config.error().message;
}

TEST(Config, SaysWhereItIsWrong) {
  const std::array<std::pair<const char*, const char*>, 20> cases = {{
      {"[]", "c.json:1:1: expected an object, not an array"},
      {"{\n  \"selct\": [\"SL3\"]}",
       "c.json:2:3: \"selct\" is no key of this file, did you mean \"select\"?"},
      {R"({"select": "SL3"})", "c.json:1:12: expected a list of strings, not a string"},
      {R"({"select": []})", "c.json:1:12: this list is empty: leave the key out"},
      {R"({"select": ["SL3", 4]})", "c.json:1:20: expected a string, not a number"},
      {R"({"ignore": ["SL999"]})",
       "c.json:1:13: no rule is called \"SL999\": see seccomp-lint rules"},
      {R"({"severity": {"SL606": "warn"}})",
       "c.json:1:24: \"warn\" is no severity: error, warning, info, off"},
      {R"({"severity": {"SL301": "eror"}})",
       "c.json:1:24: \"eror\" is no severity: error, warning, info, off, did you mean \"error\"?"},
      {R"({"severity": {"SL999": "off"}})",
       "c.json:1:15: no rule is called \"SL999\": see seccomp-lint rules"},
      {R"({"severity": ["SL301"]})", "c.json:1:14: expected an object of rules, not an array"},
      {R"({"fail-level": "nevr"})",
       "c.json:1:16: \"nevr\" is none of error, warning, info, never, did you mean \"never\"?"},
      {R"({"fail-level": null})", "c.json:1:16: expected a severity or \"never\", not null"},
      {R"({"baseline": 1})", "c.json:1:14: expected a path, not a number"},
      {R"({"per-path": {}})",
       "c.json:1:14: expected a list of objects with \"paths\", not an object"},
      {R"({"per-path": [{"ignore": ["SL3"]}]})", "c.json:1:15: the key \"paths\" is missing"},
      {R"({"per-path": [{"path": ["a"]}]})",
       "c.json:1:16: \"path\" is no key of this file, did you mean \"paths\"?"},
      {R"({"per-path": [{"paths": ["a"], "baseline": "b"}]})",
       "c.json:1:32: \"baseline\" is no key of this file"},
      {"{ /* \xC3\xA9 */ \"targets\": [\"arch=vax\"] }", "c.json:1:23: target arch=vax: "},
      {"{}\n /* ", "c.json:2:2: this comment has no end: \"*/\" is missing"},
      {"/* \xC3\xA9 */ {} /* ", "c.json:1:12: this comment has no end: \"*/\" is missing"},
  }};
  for (const auto& [text, error] : cases) {
    EXPECT_TRUE(ErrorOf(text).starts_with(error)) << text << "\n" << ErrorOf(text);
  }
  for (const char* text : {"", "{", "{} x", R"({"select": ["SL3"], "select": ["SL4"]})"}) {
    EXPECT_TRUE(ErrorOf(text).starts_with("c.json:")) << text;
  }
}

TEST(Config, TakesCommentsOutOfStringsAlone) {
  const std::string text =
      "// one\n{ /* two\n\"*\" */ \"a\": \"//\\\"/* \\\\\", // \xC3\xA9\n \"b\": 1 }";
  const auto blanked = engine::BlankComments("c.json", text);
  ASSERT_TRUE(blanked);
  EXPECT_EQ(*blanked, "      \n{       \n       \"a\": \"//\\\"/* \\\\\",      \n \"b\": 1 }");
  EXPECT_EQ(blanked->size(), text.size());
  EXPECT_EQ(*engine::BlankComments("c.json", "{}//"), "{}  ");
}

TEST(Config, AppliesWhatIsSaidForAPathAfterTheRest) {
  const auto config = engine::ParseConfig("c.json", R"({
    "ignore": ["SL3"], "fail-level": "never", "baseline": "b.json",
    "per-path": [{"paths": ["old/"], "select": ["SL1"]},
                 {"paths": ["**/x.json", "y?.json"], "severity": {"SL606": "off", "SL30": "info"}}]
  })");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->For("a.json").size(), 1U);
  EXPECT_EQ(config->For("old/a.json").size(), 2U);
  EXPECT_EQ(config->For("old/deep/x.json").size(), 3U);
  EXPECT_EQ(config->For("x.json").size(), 2U);
  EXPECT_EQ(config->fail_level, engine::FailLevel::kNever);
}

TEST(Glob, MatchesAsGitignoreDoes) {
  const std::array<std::tuple<const char*, const char*, bool>, 15> cases = {{
      {"a.json", "a.json", true},
      {"a.json", "deep/er/a.json", true},
      {"./a.json", "deep/a.json", true},
      {"*.json", "x/a.json", true},
      {"x/*.json", "x/a.json", true},
      {"x/*.json", "x/y/a.json", false},
      {"x/**/*.json", "x/a.json", true},
      {"x/**/*.json", "x/y/z/a.json", true},
      {"x/**", "y/x/a.json", false},
      {"**/x/**", "y/x/a.json", true},
      {"x/", "x/y/a.json", true},
      {"x/", "xx/a.json", false},
      {"?.json", "ab.json", false},
      {"a*b*c", "aXbXbc", true},
      {"a*b*c", "aXbXcb", false},
  }};
  for (const auto& [pattern, path, matches] : cases) {
    EXPECT_EQ(engine::MatchesGlob(pattern, path), matches) << pattern << " " << path;
  }
  // Would take longer than the universe is old by trying every way.
  std::string pattern;
  for (int i = 0; i < 64; ++i) pattern += "a*";
  EXPECT_FALSE(engine::MatchesGlob(pattern + "b", std::string(4000, 'a')));
}

engine::Options Select(const std::vector<std::string>& names) {
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  engine::Options options{{target}, {}};
  for (const std::string& name : names) EXPECT_TRUE(options.selection.Select(name));
  return options;
}

std::string Profile(const std::string& rules) {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}";
}

constexpr const char* kOpne = R"({"names": ["opne"], "action": "SCMP_ACT_ALLOW"})";
constexpr const char* kRead = R"({"names": ["read"], "action": "SCMP_ACT_ALLOW"})";
constexpr const char* kWrlte = R"({"names": ["wrlte"], "action": "SCMP_ACT_ALLOW"})";

TEST(Severity, IsThatOfTheConfig) {
  auto options = Select({"SL301"});
  options.severities[rules::FindRule("SL301")] = rules::Severity::kInfo;
  const auto file = engine::Check("p", Profile(kOpne), options);
  ASSERT_EQ(file.reports.size(), 1U);
  EXPECT_EQ(file.reports[0].severity, rules::Severity::kInfo);
}

std::vector<std::string> FingerprintsOf(const std::string& text) {
  const auto file = engine::Check("p", text, Select({"SL301"}));
  std::vector<std::string> all;
  for (const auto& report : file.reports) all.push_back(Fingerprint(file.document, report));
  return all;
}

TEST(Fingerprint, StaysWhereTheFindingMoves) {
  const auto here = FingerprintsOf(Profile(kOpne));
  ASSERT_EQ(here.size(), 1U);
  EXPECT_EQ(here[0].size(), 16U);
  EXPECT_EQ(here, FingerprintsOf("\n\n" + Profile(std::string(kRead) + ",\n" + kOpne)));
  EXPECT_NE(here, FingerprintsOf(Profile(kWrlte)));
}

TEST(Baseline, HidesWhatItKnowsAndNoMore) {
  const auto options = Select({"SL301"});
  const std::string opne = kOpne;
  auto before = engine::Check("p", Profile(opne + "," + kWrlte), options);
  engine::Baseline written;
  written.Set("p", engine::Baseline::TakeAll(before));
  EXPECT_TRUE(before.reports.empty());
  EXPECT_EQ(before.suppressed.size(), 2U);
  const auto read = engine::Baseline::Parse("b.json", report::BaselineText(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(report::BaselineText(*read), report::BaselineText(written));

  auto after = engine::Check("p", Profile(opne + "," + kRead + "," + opne), options);
  EXPECT_EQ(read->Accept("p", options.selection, after), 1U);  // wrlte is gone
  ASSERT_EQ(after.suppressed.size(), 1U);                      // and the second opne is new
  EXPECT_TRUE(after.suppressed[0].accepted->by_baseline);
  EXPECT_EQ(after.reports.size(), 1U);

  auto other = engine::Check("q", Profile(opne), options);
  EXPECT_EQ(read->Accept("q", options.selection, other), 0U);
  EXPECT_EQ(other.reports.size(), 1U);
  // A rule that does not run finds nothing: no sign that what it found is gone.
  auto not_run = engine::Check("p", Profile(opne), Select({"SL504"}));
  EXPECT_EQ(read->Accept("p", Select({"SL504"}).selection, not_run), 0U);
}

TEST(Baseline, SaysWhereItIsWrong) {
  for (const auto& [text, error] : std::vector<std::pair<std::string, std::string>>{
           {"[]", "b.json:1:1: this is no baseline of version 1"},
           {R"({"version": 2, "findings": []})", "b.json:1:1: this is no baseline of version 1"},
           {R"({"version": 1})", "b.json:1:1: the array \"findings\" is missing"},
           {R"({"version": 1, "findings": [{"file": "a"}]})", "b.json:1:29: a finding has "},
           {"{", "b.json:"}}) {
    const auto baseline = engine::Baseline::Parse("b.json", text);
    ASSERT_FALSE(baseline) << text;
    EXPECT_TRUE(baseline.error().message.starts_with(error)) << baseline.error().message;
  }
}

// The notes on a rule whose comment is this.
std::vector<std::string> NotesOn(const std::string& comment, const std::string& selected,
                                 std::size_t suppressed = 0) {
  const std::string text =
      Profile(R"({"names": ["opne"], "action": "SCMP_ACT_ALLOW", "comment": ")" + comment + "\"}");
  const auto file = engine::Check("p", text, Select({selected}));
  EXPECT_EQ(file.suppressed.size(), suppressed) << comment;
  std::vector<std::string> notes;
  for (const schema::Related& note : file.notes) {
    notes.push_back(text.substr(note.span.begin, note.span.end - note.span.begin) + ": " +
                    note.message);
  }
  return notes;
}

TEST(Suppressions, AreToldWhereTheyDoNothing) {
  using Notes = std::vector<std::string>;
  EXPECT_EQ(NotesOn("x", "SL301"), Notes());
  EXPECT_EQ(NotesOn("y seccomp-lint: ignore SL301 -- a name of ours", "SL301", 1), Notes());
  EXPECT_EQ(NotesOn("seccomp-lint: ignore unknown-syscall -- the same", "SL301", 1), Notes());
  const std::string form = "write \"seccomp-lint: ignore SL304 -- the reason\"";
  EXPECT_EQ(NotesOn("seccomp-lint: ignore SL301", "SL301"),
            Notes{"seccomp-lint:: this suppresses nothing without a reason: " + form});
  EXPECT_EQ(NotesOn("seccomp-lint: ignore SL301 --  ", "SL301"),
            Notes{"seccomp-lint:: this suppresses nothing without a reason: " + form});
  EXPECT_EQ(NotesOn("seccomp-lint: disable SL301 -- why", "SL301"),
            Notes{"seccomp-lint:: this suppresses nothing: " + form});
  for (const char* nothing : {"seccomp-lint: ignore -- why", "seccomp-lint: ignore  -- why",
                              "seccomp-lint: ignore , -- why", "seccomp-lint: ignore"}) {
    EXPECT_EQ(NotesOn(nothing, "SL301"), Notes{"seccomp-lint:: this suppresses nothing: " + form})
        << nothing;
  }
  for (const char* meant : {"Seccomp-Lint: ignore SL301 -- why", "seccomp-lint ignore SL301"}) {
    EXPECT_EQ(NotesOn(meant, "SL301").size(), 1U) << meant;
  }
  EXPECT_EQ(NotesOn("seccomp-lint: ignore SL301, SL999 -- why", "SL301", 1),
            Notes{"SL999: no rule is called \"SL999\""});
  EXPECT_EQ(NotesOn("seccomp-lint: ignore unknown-sycall -- why", "SL301"),
            Notes{"unknown-sycall: no rule is called \"unknown-sycall\", did you mean "
                  "\"unknown-syscall\"?"});
  EXPECT_EQ(NotesOn("seccomp-lint: ignore SL301, SL504 -- why", "all", 1),
            Notes{"SL504: SL504 finds nothing here that this would suppress"});
  // SL504 does not run: nobody knows.
  EXPECT_EQ(NotesOn("seccomp-lint: ignore SL301, SL504 -- why", "SL301", 1), Notes());
}

TEST(InOrder, GivesResultsInOrderAndNoneTwice) {
  for (const std::size_t jobs : {1U, 2U, 7U}) {
    std::vector<std::size_t> seen;
    std::atomic<std::size_t> ahead = 0;
    cli::InOrder(
        1000, jobs,
        [&](std::size_t i) {
          ++ahead;
          if (i % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return i * i;
        },
        [&](std::size_t i, std::size_t square) {
          EXPECT_EQ(square, i * i);
          EXPECT_LE(ahead - seen.size(), 17 * jobs + 1);
          seen.push_back(i);
        });
    ASSERT_EQ(seen.size(), 1000U);
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i);
  }
  cli::InOrder(
      0, 2, [](std::size_t i) { return i; }, [](std::size_t, std::size_t) { FAIL(); });
}

TEST(InOrder, ThrowsWhatTheWorkThrows) {
  const auto work = [](std::size_t i) {
    if (i == 50) throw std::runtime_error("here");
    return i;
  };
  EXPECT_THROW(cli::InOrder(1000, 3, work, [](std::size_t, std::size_t) {}), std::runtime_error);
}

}  // namespace
}  // namespace lint
