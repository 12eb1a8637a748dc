// Where a cursor stands: lines and columns in each encoding, and the place within the format.

#include "lint/lsp/place.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lint/lsp/document.h"
#include "lint/lsp/line_index.h"
#include "lint/lsp/uri.h"
#include "tests/lint/lsp/conversation.h"

namespace lint::lsp {
namespace {

// An emoji, e with a combining accent, all three ends of lines, an empty last line.
constexpr std::string_view kText = "a\U0001F600b\r\ne\u0301\u20AC\r\rz\n";

TEST(LineIndex, CountsInEachEncoding) {
  const std::size_t behind_emoji = 5;
  EXPECT_EQ(LineIndex(kText, PositionEncoding::kUtf8).At(behind_emoji), (LinePosition{0, 5}));
  EXPECT_EQ(LineIndex(kText, PositionEncoding::kUtf16).At(behind_emoji), (LinePosition{0, 3}));
  EXPECT_EQ(LineIndex(kText, PositionEncoding::kUtf32).At(behind_emoji), (LinePosition{0, 2}));
  const LineIndex index(kText, PositionEncoding::kUtf16);
  EXPECT_EQ(index.lines(), 5U);
  const std::size_t second = kText.find('e');
  EXPECT_EQ(index.At(second + 6), (LinePosition{1, 3})) << "the accent is a unit of its own";
  EXPECT_EQ(index.At(kText.find('\n')), (LinePosition{0, 4})) << "within the line's end";
  EXPECT_EQ(index.At(kText.size()), (LinePosition{4, 0}));
  EXPECT_EQ(index.At(kText.size() + 9), (LinePosition{4, 0}));
}

TEST(LineIndex, PlacesOutOfTheTextAreDrawnIn) {
  const LineIndex index(kText, PositionEncoding::kUtf16);
  EXPECT_EQ(index.OffsetOf({0, 99}), kText.find('\r')) << "before the line's end";
  EXPECT_EQ(index.OffsetOf({0, 2}), 1U) << "in the middle of the emoji";
  EXPECT_EQ(index.OffsetOf({2, 5}), kText.find("\r\r") + 1) << "an empty line";
  EXPECT_EQ(index.OffsetOf({4, 0}), kText.size());
  EXPECT_EQ(index.OffsetOf({5, 0}), kText.size());
  EXPECT_EQ(index.OffsetOf({SIZE_MAX, SIZE_MAX}), kText.size());
  EXPECT_EQ(LineIndex("", PositionEncoding::kUtf8).At(3), (LinePosition{0, 0}));
  EXPECT_EQ(LineIndex("", PositionEncoding::kUtf8).OffsetOf({0, 3}), 0U);
}

TEST(LineIndex, ThereAndBackIsTheSame) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += kText;  // longer than the distance of marks
  text += std::string(5000, 'x') + "\U0001F600";
  for (const auto encoding :
       {PositionEncoding::kUtf8, PositionEncoding::kUtf16, PositionEncoding::kUtf32}) {
    const LineIndex index(text, encoding);
    for (std::size_t offset = 0; offset <= text.size(); ++offset) {
      const bool is_within_end =
          offset > 0 && offset < text.size() && text[offset - 1] == '\r' && text[offset] == '\n';
      const bool is_within_character =
          offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U;
      if (is_within_end || is_within_character) continue;
      ASSERT_EQ(index.OffsetOf(index.At(offset)), offset);
    }
  }
}

json::object Change(LinePosition from, LinePosition to, std::string_view text) {
  const auto position = [](LinePosition place) {
    return json::object{{"line", place.line}, {"character", place.character}};
  };
  return {{"range", json::object{{"start", position(from)}, {"end", position(to)}}},
          {"text", text}};
}

// An editor keeps its text in units of UTF-16: the same edits there must come to the same text.
class Utf16Editor {
 public:
  std::u16string text;

  std::size_t lines() const { return Starts().size(); }
  std::size_t OffsetOf(LinePosition place) const {
    const std::size_t start = Starts()[place.line];
    std::size_t end = start;
    while (end < text.size() && text[end] != u'\n' && text[end] != u'\r') ++end;
    return std::min(start + place.character, end);
  }
  bool IsWithinPair(std::size_t at) const {
    return at < text.size() && text[at] >= 0xDC00 && text[at] < 0xE000;
  }

 private:
  std::vector<std::size_t> Starts() const {
    std::vector<std::size_t> starts = {0};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_crlf = text[i] == u'\r' && i + 1 < text.size() && text[i + 1] == u'\n';
      if (text[i] == u'\n' || (text[i] == u'\r' && !is_crlf)) starts.push_back(i + 1);
    }
    return starts;
  }
};

TEST(Changes, ComeToTheTextOfAnEditor) {
  const std::vector<std::pair<std::string, std::u16string>> pieces = {{"", u""},
                                                                      {"x", u"x"},
                                                                      {"\U0001F600", u"\U0001F600"},
                                                                      {"e\u0301", u"e\u0301"},
                                                                      {"\r\n", u"\r\n"},
                                                                      {"\n", u"\n"},
                                                                      {"\u20AC", u"\u20AC"},
                                                                      {"ab\r\ncd\n", u"ab\r\ncd\n"},
                                                                      {"\r", u"\r"}};
  std::mt19937 random(20240607);
  const auto below = [&](std::size_t count) { return random() % count; };
  for (int round = 0; round < 200; ++round) {
    std::string text;
    Utf16Editor editor;
    for (int step = 0; step < 30; ++step) {
      LinePosition from{below(editor.lines()), below(12)};
      LinePosition to{below(editor.lines()), below(12)};
      std::size_t begin = editor.OffsetOf(from);
      std::size_t end = editor.OffsetOf(to);
      if (end < begin) {
        std::swap(from, to);
        std::swap(begin, end);
      }
      if (editor.IsWithinPair(begin) || editor.IsWithinPair(end)) continue;
      const auto& [utf8, utf16] = pieces[below(pieces.size())];
      ASSERT_TRUE(ApplyChange(Change(from, to, utf8), PositionEncoding::kUtf16, text));
      editor.text.replace(begin, end - begin, utf16);
      // By way of JSON, which has both encodings.
      std::string escaped;
      for (const char16_t unit : editor.text) {
        std::array<char, 8> hex{};
        std::snprintf(hex.data(), hex.size(), "\\u%04x", static_cast<unsigned>(unit));
        escaped += hex.data();
      }
      ASSERT_EQ(Parsed("\"" + escaped + "\"").get_string(), text);
    }
  }
}

TEST(Changes, WithoutRangeAreTheWholeText) {
  std::string text = "old";
  EXPECT_TRUE(ApplyChange(Parsed(R"({"text": "new"})"), PositionEncoding::kUtf8, text));
  EXPECT_EQ(text, "new");
  EXPECT_FALSE(ApplyChange(Parsed(R"({"range": {}, "text": "x"})"), PositionEncoding::kUtf8, text));
  EXPECT_FALSE(ApplyChange(Parsed("{}"), PositionEncoding::kUtf8, text));
  EXPECT_FALSE(ApplyChange(Change({0, 2}, {0, 1}, "x"), PositionEncoding::kUtf8, text));
  EXPECT_EQ(text, "new");
}

TEST(Uri, OnlyThisMachinesFilesHaveAPath) {
  EXPECT_EQ(PathOfUri("file:///a/b.json"), "/a/b.json");
  EXPECT_EQ(PathOfUri("FILE://localhost/a%20b/%C3%A4%2Fx.json#frag"), "/a b/\u00E4/x.json");
  EXPECT_EQ(PathOfUri("file:/a"), "/a");
  for (const char* other : {"untitled:Untitled-1", "file://host/a", "file:a", "file:///a%0", "",
                            "file:///a%zz", "file:///a%00b", "vscode-vfs://github/a", "file:"}) {
    EXPECT_FALSE(PathOfUri(other)) << other;
  }
}

// "ROLE PATH 'WORD' {SIBLINGS}"; the cursor is at the |.
std::string Told(std::string text) {
  const std::size_t cursor = text.find('|');
  text.erase(cursor, 1);
  const auto place = FindPlace(text, cursor);
  if (!place) return "too deep";
  std::string told = place->role == Place::Role::kKey     ? "key "
                     : place->role == Place::Role::kValue ? "value "
                                                          : "none ";
  told += place->path + " '" + text.substr(place->word.begin, place->word.end - place->word.begin) +
          (place->quoted ? "'q {" : "' {");
  for (const std::string& sibling : place->siblings) told += sibling + ",";
  return told + "}";
}

TEST(Place, IsFoundInWholeText) {
  EXPECT_EQ(Told(R"({"syscalls": [{"names": ["re|ad", "write"]}]})"),
            "value /syscalls/*/names/* 'read'q {write,}");
  EXPECT_EQ(Told(R"({"syscalls": [{"names": ["read"], "|action": "x"}], "flags": []})"),
            "key /syscalls/* 'action'q {names,}");
  EXPECT_EQ(Told(R"({"a": "b", "defaultAction": "|SCMP_ACT_LOG", "c": 1})"),
            "value /defaultAction 'SCMP_ACT_LOG'q {a,defaultAction,c,}");
  EXPECT_EQ(Told(R"({"defaultErrnoRet": 3|8})"), "value /defaultErrnoRet '38' {defaultErrnoRet,}");
  EXPECT_EQ(Told(R"({|"a": 1})"), "none  '' {a,}");
  EXPECT_EQ(Told(R"({"a": 1 |})"), "none /a '' {a,}");
  EXPECT_EQ(Told(R"({"a" | : 1})"), "none /a '' {a,}");
  EXPECT_EQ(Told(R"({"a": 1, |})"), "key  '' {a,}");
  EXPECT_EQ(Told(R"(|{"a": 1})"), "none  '' {}");
  EXPECT_EQ(Told(R"({"a": [{}, {"b": [1, |]}]})"), "value /a/*/b/* '' {}");
  EXPECT_EQ(Told(R"({"a\"": "|"})"), "value /a\\\" ''q {a\\\",}");
  EXPECT_EQ(Told(R"({"syscalls/*": [{"|"}]})"), "key /~/* ''q {}");
}

TEST(Place, IsFoundInBrokenText) {
  EXPECT_EQ(Told("{\"syscalls\": [{\"names\": [\"read\", \"wr|"),
            "value /syscalls/*/names/* 'wr'q {read,}");
  EXPECT_EQ(Told("{\"syscalls\": [{\"names\": [\"wr|\n  ], \"action\": \"x\"}]}"),
            "value /syscalls/*/names/* 'wr'q {}");
  EXPECT_EQ(Told("{\"names\": [\"a\\\n], \"b|\": 1}"), "key  'b'q {names,}");
  EXPECT_EQ(Told("{\"names\": [rea|]}"), "value /names/* 'rea' {}");
  EXPECT_EQ(Told("{\"a\": \"b\" \"c|\": 1}"), "key  'c'q {a,}") << "a comma is missing";
  EXPECT_EQ(Told("{\"a\": [1, {\"b\": 2 ], \"c\": |"), "value /c '' {a,c,}");
  EXPECT_EQ(Told("}]{\"a\": |"), "value /a '' {a,}");
  EXPECT_EQ(Told("{\"a\": | \"b\": 1}"), "value /a '' {a,b,}");
  EXPECT_EQ(Told("{ // \"no|\n \"a\": 1}"), "none  '' {a,}");
  EXPECT_EQ(Told("{ /* { */ \"a|\": 1}"), "key  'a'q {}");
  EXPECT_EQ(Told("|"), "none  '' {}");
  EXPECT_EQ(Told(std::string(100000, '[') + "|"), "too deep");
}

TEST(Place, TellsAProfileFromOtherJson) {
  const auto is_profile = [](const char* text) {
    return HasRootKey(text, "defaultAction", "syscalls");
  };
  EXPECT_TRUE(is_profile(R"({"defaultAction": )"));
  EXPECT_TRUE(is_profile(R"({"a": [{"b": 1}], "syscalls)"));
  EXPECT_TRUE(is_profile("// jsonc\n{\"syscalls\": []}"));
  EXPECT_FALSE(is_profile(R"({"linux": {"seccomp": {"defaultAction": "x", "syscalls": []}}})"));
  EXPECT_FALSE(is_profile(R"({"a": "syscalls"})"));
  EXPECT_FALSE(is_profile(R"(["syscalls"])"));
  EXPECT_FALSE(is_profile(""));
}

}  // namespace
}  // namespace lint::lsp
