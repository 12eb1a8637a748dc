// The page: what is hostile in a profile or a path does nothing in it, it holds together, and it
// says of each call what the policy says.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "lint/engine/engine.h"
#include "lint/report/format.h"
#include "lint/report/html_matrix.h"
#include "lint/report/html_page.h"
#include "lint/report/html_source.h"
#include "lint/report/html_text.h"
#include "lint/report/matrix.h"
#include "schema/kernel/syscall.h"

namespace lint {
namespace {

using report::CellKind;

engine::Options OnTarget(std::string_view text = "") {
  schema::kernel::Target target;
  target.kernel = {6, 1};
  target.libseccomp = schema::kernel::LibseccompRelease({2, 5, 4});
  if (!text.empty()) target = *schema::kernel::ParseTarget(text, target);
  return {{target}, {}};
}

std::string Page(const std::vector<engine::FileReport>& files, const engine::Options& options) {
  report::FormatOptions format_options;
  format_options.tool_version = "1.2.3";
  return report::Render(*report::FindFormat("html"), files, options.targets, format_options);
}

std::vector<std::string> AllMatches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

std::size_t CountOf(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The page without its style and script, which are ours.
std::string Markup(std::string page) {
  for (const std::string_view part : {report::kPageCss, report::kPageJs}) {
    const std::size_t at = page.find(part);
    EXPECT_NE(at, page.npos);
    if (at != page.npos) page.erase(at, part.size());
  }
  return page;
}

TEST(HtmlText, MeansItself) {
  EXPECT_EQ(report::HtmlEscaped("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(report::HtmlEscaped("\x01\x1b\t\n"), "\\x01\\x1b\\x09\\x0a");
  EXPECT_EQ(report::HtmlEscaped("a\tb", true), "a\tb");
  EXPECT_EQ(report::HtmlEscaped("\xFF\xC3"), "\\xff\\xc3");
  EXPECT_EQ(report::HtmlEscaped("\xE2\x80\xAE\xD8\x9C"), "\\u202e\\u061c");      // bidi
  EXPECT_EQ(report::HtmlEscaped("\xE2\x80\xA8\xE2\x80\xA9"), "\\u2028\\u2029");  // lines
  EXPECT_EQ(report::HtmlEscaped("\xE2\x80\x8B\xC2\xAD\xEF\xBB\xBF"), "\\u200b\\u00ad\\ufeff");
  EXPECT_EQ(report::HtmlEscaped("\xF3\xA0\x81\x81\xEF\xBF\xBF"), "\\u{e0041}\\uffff");
  EXPECT_EQ(report::HtmlEscaped("\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x90\x8B"),
            "\xC3\xA9 \xE6\xBC\xA2 \xF0\x9F\x90\x8B");
  EXPECT_EQ(report::HtmlEscapedLines("<\n\n>\n"), "&lt;\n\n&gt;\n");
  EXPECT_EQ(report::HtmlProse("a `b<` `c"), "a <code>b&lt;</code> `c");
}

constexpr const char* kHostilePath =
    "</style></script><script>alert(1)</script>\"' onload=x\x01-\x1b";

constexpr const char* kHostileProfile =
    "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"</details><script>alert(2)</script>\": 1,\n"
    "\"syscalls\": [{\"names\": [\"<img src=x onerror=alert(3)>\", \"\xE2\x80\xAE\", \"a\xFF\",\n"
    "\"read\", \"read\", \"\\\"' onclick='x\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
    "\"comment\": \"seccomp-lint: ignore SL504 -- </article><b onclick=x>\"}]}";

TEST(HtmlPage, HoldsNothingOfAProfileThatActs) {
  const auto options = OnTarget();
  const auto file = engine::Check(kHostilePath, kHostileProfile, options);
  ASSERT_GE(file.reports.size(), 4U);
  ASSERT_EQ(file.suppressed.size(), 1U);
  const std::string page = Page({file, file}, options);
  const std::string markup = Markup(page);
  EXPECT_EQ(CountOf(markup, "<script"), 1U);
  EXPECT_EQ(CountOf(markup, "<style"), 1U);
  EXPECT_EQ(CountOf(markup, "<img"), 0U);
  EXPECT_EQ(CountOf(markup, "<b onclick"), 0U);
  EXPECT_EQ(CountOf(markup, "\xE2\x80\xAE"), 0U);
  // The attributes of all tags, without what is quoted in them.
  const std::string tags = std::regex_replace(markup, std::regex("\"[^\"]*\""), "\"\"");
  EXPECT_EQ(AllMatches(tags, "(<[^>]* on[a-z]+=)").size(), 0U);
  EXPECT_EQ(AllMatches(tags, "(<[^>]* (style|src|action)=)").size(), 0U);
  EXPECT_EQ(AllMatches(tags, "(<[^>]* href=[^#])").size(), 0U);
  EXPECT_GE(CountOf(markup, "&lt;script&gt;alert(1)"), 3U);
  for (const char c : page) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

// Tags are closed in the order in which they are opened, but for those that HTML lets be left out.
void ExpectBalanced(const std::string& markup) {
  const std::set<std::string> optional = {"meta", "input", "option", "col",  "li",    "tr", "td",
                                          "th",   "html",  "head",   "body", "tbody", "br"};
  std::vector<std::string> open;
  for (const std::string& tag : AllMatches(markup, "<(/?[a-z][a-z0-9]*)")) {
    const bool closes = tag[0] == '/';
    const std::string name = tag.substr(closes ? 1 : 0);
    if (optional.contains(name)) continue;
    if (!closes) {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << tag;
    ASSERT_EQ(open.back(), name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

TEST(HtmlPage, HoldsTogether) {
  const auto options = OnTarget();
  const auto file = engine::Check("a.json", kHostileProfile, options);
  const auto good = engine::Check("b.json", R"({"defaultAction": "SCMP_ACT_ALLOW"})", options);
  for (const auto& files : {std::vector{file, good, file}, std::vector{good}, {}}) {
    const std::string markup = Markup(Page(files, options));
    ExpectBalanced(markup);
    const auto ids = AllMatches(markup, "<[a-z][^>]* id=([A-Za-z0-9-]+)");
    const std::set<std::string> known(ids.begin(), ids.end());
    EXPECT_EQ(known.size(), ids.size()) << "an id is given twice";
    std::size_t links = 0;
    for (const std::string& goal : AllMatches(markup, "href=#([A-Za-z0-9-]+)")) {
      ++links;
      // Without a file there is no matrix to go to.
      EXPECT_TRUE(known.contains(goal) || (files.empty() && goal == "matrix")) << goal;
    }
    EXPECT_GE(links, 4 + files.size());
    for (const std::string& label : AllMatches(markup, "aria-labelledby=([a-z-]+)")) {
      EXPECT_TRUE(known.contains(label)) << label;
    }
  }
}

TEST(HtmlPage, NumbersFilesInTheirOrder) {
  const auto options = OnTarget();
  const report::Format& format = *report::FindFormat("html");
  const auto file = engine::Check("a.json", kHostileProfile, options);
  report::Assembly assembly(format, {});
  // Made in one order, put together in another.
  report::Piece second = assembly.Render(file, options.targets);
  report::Piece first = assembly.Render(file, options.targets);
  const std::string one = assembly.Add(std::move(first));
  const std::string two = assembly.Add(std::move(second));
  EXPECT_TRUE(one.starts_with("<details class=file id=f1 open>")) << one.substr(0, 80);
  EXPECT_TRUE(two.starts_with("<details class=file id=f2 open>")) << two.substr(0, 80);
  EXPECT_NE(two.find("id=f2-1 "), two.npos);
}

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string out;
  for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;) out += static_cast<char>(c);
  return out;
}

// What a browser would compute of what stands between the tags.
std::string Sha256(const std::string& bytes) {
  const std::string path = testing::TempDir() + "html_test_part";
  std::ofstream(path, std::ios::binary) << bytes;
  const std::string hex = OutputOf("sha256sum < " + path);
  std::string digest;
  for (std::size_t i = 0; i + 1 < 64 && i + 1 < hex.size(); i += 2) {
    digest += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  std::ofstream(path, std::ios::binary) << digest;
  std::string base64 = OutputOf("base64 -w 0 < " + path);
  std::remove(path.c_str());
  return base64;
}

TEST(HtmlPage, AllowsItsOwnStyleAndScriptAlone) {
  const std::string page = Page({}, OnTarget());
  const auto between = [&](const std::string& begin, const std::string& end) {
    const std::size_t from = page.find(begin) + begin.size();
    return page.substr(from, page.find(end, from) - from);
  };
  const std::string policy = between("Content-Security-Policy content=\"", "\"");
  EXPECT_EQ(policy, "default-src 'none'; style-src 'sha256-" +
                        Sha256(between("<style>", "</style>")) + "'; script-src 'sha256-" +
                        Sha256(between("<script>", "</script>")) +
                        "'; base-uri 'none'; form-action 'none'");
}

TEST(HtmlSource, MarksWhatIsMeant) {
  const std::string source = "one\ntwo <2>\r\nthree\nfour\nfive";
  const report::SourceLines lines(source);
  const auto excerpt = [&](std::size_t begin, std::size_t end, std::size_t context) {
    return report::ExcerptHtml(source, lines, {begin, end}, context);
  };
  const auto shown = [](const std::string& numbers, const std::string& text) {
    return "<div class=src><pre class=no aria-hidden=true>" + numbers + "</pre><pre><code>" + text +
           "</code></pre></div>\n";
  };
  EXPECT_EQ(excerpt(8, 11, 1), shown("1\n2\n3\n", "one\ntwo <mark>&lt;2&gt;</mark>\nthree\n"));
  EXPECT_EQ(excerpt(8, 15, 0), shown("2\n3\n", "two <mark>&lt;2&gt;</mark>\n<mark>th</mark>ree\n"));
  EXPECT_EQ(excerpt(28, 28, 1), shown("4\n5\n", "four\nfive<mark class=at></mark>\n"));
  EXPECT_EQ(excerpt(1000, 2000, 0), shown("5\n", "five<mark class=at></mark>\n"));
  EXPECT_EQ(report::ExcerptHtml("", report::SourceLines(""), {0, 0}, 2),
            shown("1\n", "<mark class=at></mark>\n"));
  const std::vector<schema::Span> marked = {{20, 22}, {0, 2}, {1, 3}, {5, 5}, {8, 15}};
  EXPECT_EQ(report::SourceHtml(source, lines, marked),
            shown("1\n2\n3\n4\n5\n",
                  "<mark>one</mark>\ntwo <mark>&lt;2&gt;</mark>\n<mark>th</mark>ree\n"
                  "f<mark>ou</mark>r\nfive\n"));
}

TEST(HtmlSource, CutsLongLines) {
  // Characters of two bytes: the cuts at 1441 and 1641 would be within one.
  std::string source;
  while (source.size() < 3000) source += source.size() == 1480 ? "x" : "\xC3\xA9";
  const std::string excerpt =
      report::ExcerptHtml(source, report::SourceLines(source), {1501, 1503}, 2);
  EXPECT_LT(excerpt.size(), 400U);
  EXPECT_EQ(CountOf(excerpt, "<i>\xE2\x80\xA6</i>"), 2U);
  EXPECT_EQ(CountOf(excerpt, "\\x"), 0U) << "cut within a character";
  EXPECT_EQ(CountOf(excerpt, "<mark>\xC3\xA9</mark>"), 1U);
}

report::MatrixColumn Column(std::string text, const engine::Options& options,
                            std::string path = "a.json") {
  return report::ColumnOf(engine::Check(std::move(path), std::move(text), options),
                          options.targets);
}

const report::MatrixCell* CellOf(const report::MatrixColumn& column, std::string_view name) {
  for (const report::MatrixCell& cell : column.cells) {
    if (schema::kernel::Syscalls()[cell.syscall].name == name) return &cell;
  }
  return nullptr;
}

constexpr const char* kVerdicts = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  {"names": ["read", "socketcall"], "action": "SCMP_ACT_ALLOW"},
  {"names": ["write"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
  {"names": ["close"], "action": "SCMP_ACT_KILL_PROCESS"},
  {"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
  {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
   "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]},
  {"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}]},
  {"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_LE"}]},
  {"names": ["dup"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_GT"}]}
]})";

TEST(Matrix, SaysWhatEachCallGets) {
  const auto column = Column(kVerdicts, OnTarget());
  ASSERT_TRUE(column.valid);
  EXPECT_EQ(column.default_kind, CellKind::kErrno);
  EXPECT_EQ(column.texts.front(), "SCMP_ACT_ERRNO(EPERM)");
  const std::map<std::string, std::pair<CellKind, std::string>> expected = {
      {"read", {CellKind::kAllow, "SCMP_ACT_ALLOW"}},
      {"write", {CellKind::kErrno, "SCMP_ACT_ERRNO(ENOSYS)"}},
      {"close", {CellKind::kKill, "SCMP_ACT_KILL_PROCESS"}},
      {"dup", {CellKind::kAllow, "SCMP_ACT_ALLOW"}},
      {"clone",
       {CellKind::kAllowIf,
        "SCMP_ACT_ALLOW if arg0 & 0x7e020000 == 0; otherwise SCMP_ACT_ERRNO(EPERM)"}},
      {"ioctl", {CellKind::kOtherIf, "SCMP_ACT_LOG if arg1 == 5; otherwise SCMP_ACT_ERRNO(EPERM)"}},
  };
  for (const auto& [name, verdict] : expected) {
    const auto* cell = CellOf(column, name);
    ASSERT_NE(cell, nullptr) << name;
    EXPECT_TRUE(cell->decided);
    EXPECT_EQ(cell->kind, verdict.first) << name;
    EXPECT_EQ(column.texts[cell->text], verdict.second) << name;
  }
  const auto* open = CellOf(column, "open");
  ASSERT_NE(open, nullptr) << "a rule names it, though it does not apply";
  EXPECT_FALSE(open->decided);
  EXPECT_EQ(open->kind, CellKind::kErrno);
  EXPECT_EQ(CellOf(column, "socketcall"), nullptr) << "x86_64 has none";
  EXPECT_EQ(CellOf(column, "mmap"), nullptr);
}

TEST(Matrix, IsATableOfCallsByProfiles) {
  const auto options = OnTarget();
  const std::vector<report::MatrixColumn> columns = {
      Column(kVerdicts, options, "p/a.json"),
      Column(R"({"defaultAction": "SCMP_ACT_KILL", "syscalls": [
        {"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})",
             options, "p/b\".json"),
      Column("{", options, "p/c.json"),
  };
  const std::string html = report::MatrixHtml(columns);
  EXPECT_NE(html.find("<a href=#f2 title=\"p/b&quot;.json\">b&quot;</a>"), html.npos);
  const auto row = [&](const std::string& name) {
    const std::size_t begin = html.find("<th scope=row>" + name + "<td");
    return html.substr(begin - 14, html.find('\n', begin) - begin + 14);
  };
  EXPECT_NE(row("the default").find("<td class=K title=\"SCMP_ACT_KILL_THREAD\">K<td class=q"),
            std::string::npos)
      << row("the default");
  EXPECT_NE(row("read").find("<tr><th scope=row>read<td class=A title=\"SCMP_ACT_ALLOW\">A<td "
                             "class=A title=\"SCMP_ACT_ALLOW\">A<td class=q>?"),
            std::string::npos)
      << row("read");
  EXPECT_NE(
      row("open").find("<tr class=x><th scope=row>open<td class=e>e<td class=k>k<td class=q>?"),
      std::string::npos)
      << row("open");
  EXPECT_LT(html.find(">clone<"), html.find(">close<"));
  EXPECT_EQ(html.find(">mmap<"), html.npos);
}

TEST(Matrix, HasAColumnOfItsOwnTargetForEachProfile) {
  const auto here = OnTarget();
  const auto there = OnTarget("arch=arm64");
  const std::vector<report::MatrixColumn> columns = {Column(kVerdicts, here, "a.json"),
                                                     Column(kVerdicts, there, "b.json")};
  const std::string html = report::MatrixHtml(columns);
  EXPECT_NE(html.find("title=\"b.json on arch=aarch64,"), html.npos);
  // aarch64 has openat alone.
  EXPECT_NE(html.find("<th scope=row>open<td class=e>e<td class=z>-"), html.npos);
}

TEST(HtmlPage, IsBoundedHoweverManyFindingsThereAre) {
  const auto options = OnTarget();
  // Of one rule the engine tells no more than 500.
  std::string names = "\"execve\"";
  std::string keys;
  for (int i = 0; i < 500; ++i) {
    const std::string number = std::to_string(i);
    names.append(",\"x").append(number).append("\",\"read\"");
    keys.append("\"k").append(number).append("\":1,");
  }
  const auto file = engine::Check("a.json",
                                  "{" + keys + R"("defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
      {"action": "SCMP_ACT_ALLOW", "names": [)" +
                                      names + "]}]}",
                                  options);
  ASSERT_GT(file.reports.size(), 1400U);
  const std::string page = Page({file}, options);
  EXPECT_EQ(CountOf(page, "<article class=\"finding"), 1000U);
  const std::string rest = std::to_string(file.reports.size() - 1000);
  EXPECT_NE(page.find(">" + rest + " more are not on this page"), page.npos);
}

TEST(HtmlPage, SaysWhatDependsOnArguments) {
  const auto options = OnTarget();
  const std::string page = Page({engine::Check("a.json", kVerdicts, options)}, options);
  EXPECT_NE(page.find("<summary>2 calls by arguments</summary>"), page.npos);
  EXPECT_NE(page.find("<dt><code>clone</code><dd><code>SCMP_ACT_ALLOW if arg0 &amp; 0x7e020000 == "
                      "0; otherwise SCMP_ACT_ERRNO(EPERM)</code>\n"),
            page.npos);
}

// The relative luminance and the contrast of Web Content Accessibility Guidelines 2.1, 1.4.3: at
// least 4.5 for text.
double Luminance(const std::string& color) {
  const auto channel = [&](std::size_t at) {
    const double value = std::stoi(color.substr(at, 2), nullptr, 16) / 255.0;
    return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

double Contrast(const std::string& one, const std::string& other) {
  const auto [low, high] = std::minmax({Luminance(one), Luminance(other)});
  return (high + 0.05) / (low + 0.05);
}

TEST(HtmlPage, IsLegible) {
  const std::string css(report::kPageCss);
  const std::size_t dark = css.find("prefers-color-scheme: dark");
  ASSERT_NE(dark, css.npos);
  for (const std::string& part : {css.substr(0, dark), css.substr(dark)}) {
    std::map<std::string, std::string> colors;
    const std::regex definition("--([a-z-]+): (#[0-9a-f]{6});");
    for (std::sregex_iterator match(part.begin(), part.end(), definition), end; match != end;
         ++match) {
      colors[(*match)[1]] = (*match)[2];
    }
    double least = 21;
    for (const auto& [name, color] : colors) {
      if (!name.ends_with("-fg")) continue;
      const std::string ground = name.substr(0, name.size() - 3) + "-bg";
      std::vector<std::string> grounds;
      if (colors.contains(ground)) {
        grounds.push_back(ground);
      } else {
        grounds = {"page-bg", "panel-bg"};
      }
      // The letters of defaults stand on the page's ground.
      for (const char* letter : {"allow-fg", "allow-if-fg", "errno-fg", "trap-fg", "log-fg",
                                 "trace-fg", "notify-fg", "other-if-fg"}) {
        if (name == letter) grounds.push_back("page-bg");
      }
      for (const std::string& behind : grounds) {
        const double contrast = Contrast(color, colors.at(behind));
        EXPECT_GE(contrast, 4.5) << name << " on " << behind;
        least = std::min(least, contrast);
      }
    }
    EXPECT_GT(colors.size(), 30U);
    RecordProperty("least contrast", std::to_string(least));
  }
}

}  // namespace
}  // namespace lint
