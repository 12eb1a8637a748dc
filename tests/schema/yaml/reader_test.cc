// What a YAML text becomes, and where it says that each thing stands.

#include "schema/yaml/reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "schema/json/document.h"
#include "schema/yaml/language.h"
#include "schema/yaml/scalar.h"

namespace schema::yaml {
namespace {

using json::Kind;
using json::ReadResult;
using json::Value;

const Value& At(const Value& object, std::string_view key) {
  for (const auto& member : object.members) {
    if (member.key.value == key) return member.value;
  }
  static const Value kNothing;
  ADD_FAILURE() << "no " << key;
  return kNothing;
}

std::string Source(const ReadResult& read, Span span) {
  return read.document.text.substr(span.begin, span.end - span.begin);
}

// The tree as JSON without its places.
std::string Shown(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return value.boolean ? "true" : "false";
    case Kind::kNumber:
      return value.text;
    case Kind::kString:
      return "\"" + value.text + "\"";
    case Kind::kArray:
      for (const Value& item : value.items) out += (out.empty() ? "" : ",") + Shown(item);
      return "[" + out + "]";
    case Kind::kObject:
      for (const auto& member : value.members) {
        out += (out.empty() ? "" : ",") + member.key.value + ":" + Shown(member.value);
      }
      return "{" + out + "}";
  }
  return out;
}

std::string ShownOf(const std::string& text) {
  const ReadResult read = Read(text);
  EXPECT_TRUE(read.valid) << text << (read.problems.empty() ? "" : read.problems[0].message);
  return Shown(read.document.root);
}

std::string FirstProblem(const std::string& text) {
  const ReadResult read = Read(text);
  if (read.problems.empty()) return "";
  const Position place = Locate(text, read.problems[0].span.begin);
  return std::to_string(place.line) + ":" + std::to_string(place.column) + ": " +
         read.problems[0].message;
}

TEST(YamlReader, PlacesAreBytesThoughLibyamlCountsCodePoints) {
  const ReadResult read =
      Read("# héllo ✓ 𝄞\nkey: \"ä\"\nb: [x, 'ü', y] # z\nlast: |\n  é\n  f\n\n");
  ASSERT_TRUE(read.valid);
  const Value& root = read.document.root;
  EXPECT_EQ(Source(read, root.members[0].key.span), "key");
  EXPECT_EQ(Source(read, At(root, "key").span), "\"ä\"");
  EXPECT_EQ(Source(read, At(root, "b").span), "[x, 'ü', y]");
  EXPECT_EQ(Source(read, At(root, "b").items[2].span), "y");
  EXPECT_EQ(Source(read, At(root, "last").span), "|\n  é\n  f");
  EXPECT_EQ(At(root, "last").text, "é\nf\n");
  EXPECT_EQ(Source(read, root.span).substr(0, 5), "key: ");
  ASSERT_EQ(read.document.comments.size(), 2U);
  EXPECT_EQ(Source(read, read.document.comments[1]), "# z");
}

TEST(YamlReader, FarPlacesAreFoundBeyondTheFirstMark) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "# ää\n";
  text += "k: välue\nm: 1\n";
  const ReadResult read = Read(text);
  ASSERT_TRUE(read.valid);
  EXPECT_EQ(Source(read, At(read.document.root, "k").span), "välue");
  EXPECT_EQ(Source(read, At(read.document.root, "m").span), "1");
}

TEST(YamlReader, BlocksEndWithWhatTheyHoldNotWithTheNextThing) {
  const ReadResult read = Read("a:\n  - x: 1\n    y: 2\n\n# far\n\nb: 3\n");
  ASSERT_TRUE(read.valid);
  EXPECT_EQ(Source(read, At(read.document.root, "a").span), "- x: 1\n    y: 2");
  EXPECT_EQ(Source(read, At(read.document.root, "a").items[0].span), "x: 1\n    y: 2");
}

TEST(YamlReader, ByteOrderMarkAndLineEnds) {
  const ReadResult read = Read(
      "\xEF\xBB\xBF"
      "a: b\r\nc:\r\n- d\r\n");
  ASSERT_TRUE(read.valid);
  EXPECT_EQ(Shown(read.document.root), "{a:\"b\",c:[\"d\"]}");
  EXPECT_EQ(Source(read, At(read.document.root, "a").span), "b");
  EXPECT_EQ(Source(read, At(read.document.root, "c").items[0].span), "d");
}

TEST(YamlReader, ScalarsAreWhatKubernetesMakesOfThem) {
  EXPECT_EQ(ShownOf("[0x10, 0X1f, 0o20, 020, 0b11, 1_0, +7, -3, 08, 1e3, 1.5, .5]"),
            "[16,31,16,16,3,10,7,-3,8,1000,1.5,0.5]");
  EXPECT_EQ(ShownOf("[18446744073709551615, 18446744073709551616, 9007199254740993]"),
            "[18446744073709551615,18446744073709551616,9007199254740993]");
  EXPECT_EQ(ShownOf("[1e400, -1e400, +.1e400, 1_0e400, 1e308, 1e-400, -1e-400]"),
            "[\"1e400\",\"-1e400\",\"+.1e400\",\"1_0e400\",1e+308,0,-0]");
  EXPECT_EQ(ShownOf("[yes, on, y, True, NO, off, n, false]"),
            "[true,true,true,true,false,false,false,false]");
}

TEST(YamlReader, NullsAndStrings) {
  EXPECT_EQ(ShownOf("a: ~\nb: null\nc:\nd: ''\n"), "{a:null,b:null,c:null,d:\"\"}");
  EXPECT_EQ(
      ShownOf("['0x10', \"10\", \"true\", 'null', SCMP_ACT_ALLOW, 0xzz, 1.2.3, -, 12e]"),
      "[\"0x10\",\"10\",\"true\",\"null\",\"SCMP_ACT_ALLOW\",\"0xzz\",\"1.2.3\",\"-\",\"12e\"]");
  EXPECT_EQ(ShownOf("[!!str 10, !!int \"10\", !mine 10, ! 10, !!bool 'yes']"),
            "[\"10\",10,\"10\",\"10\",true]");
  EXPECT_EQ(ShownOf("10: a\ntrue: b\n"), "{10:\"a\",true:\"b\"}");
  EXPECT_EQ(ShownOf("a: one\n  two\n   three\n"), "{a:\"one two three\"}");
}

TEST(YamlReader, AliasesAndMergeKeys) {
  EXPECT_EQ(ShownOf("a: &x [1, 2]\nb: *x\n"), "{a:[1,2],b:[1,2]}");
  EXPECT_EQ(ShownOf("d: &d {p: 1, q: 2}\ne: {<<: *d, q: 3}\n"), "{d:{p:1,q:2},e:{q:3,p:1}}");
  EXPECT_EQ(ShownOf("- &a {p: 1}\n- &b {p: 2, q: 2}\n- {<<: [*a, *b]}\n"),
            "[{p:1},{p:2,q:2},{p:1,q:2}]");
  EXPECT_EQ(ShownOf("{'<<': 1}"), "{<<:1}");
  EXPECT_EQ(FirstProblem("a: {<<: 1}\n"), "1:9: << merges a mapping, this is a number");
  EXPECT_EQ(FirstProblem("a: *x\n"), "1:4: no anchor &x stands before this alias");
  EXPECT_EQ(FirstProblem("a: &x [*x]\n"), "1:8: no anchor &x stands before this alias");
  EXPECT_EQ(FirstProblem("a: &x 1\n---\nb: *x\n"), "3:4: no anchor &x stands before this alias");
}

TEST(YamlReader, WhatAnAliasRepeatsStandsWhereItIsWritten) {
  const ReadResult read = Read("a: &x [first]\nb: *x\n");
  ASSERT_TRUE(read.valid);
  EXPECT_EQ(Source(read, At(read.document.root, "b").items[0].span), "first");
}

TEST(YamlReader, DocumentsOfAStream) {
  const ReadResult read = Read("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n---\n");
  ASSERT_TRUE(read.valid);
  EXPECT_TRUE(read.document.is_stream);
  EXPECT_EQ(Shown(read.document.root), "[{a:1},{b:2}]");
  const Span b = read.document.root.items[1].members[0].value.span;
  EXPECT_EQ(json::PointerTo(read.document, b), "/1/b");
  const ReadResult one = Read("---\na: 1\n---\n");
  EXPECT_FALSE(one.document.is_stream);
  EXPECT_EQ(Shown(one.document.root), "{a:1}");
  EXPECT_EQ(ShownOf(""), "null");
}

TEST(YamlReader, ProblemsWithTheirPlaces) {
  EXPECT_EQ(
      FirstProblem("a: 1\nb: 2\na: 3\n"),
      "3:1: duplicate key \"a\": kubectl refuses the file, other programs keep the last one in "
      "silence");
  EXPECT_EQ(FirstProblem("a:\n\t- b\n"), "2:1: found character that cannot start any token");
  EXPECT_EQ(FirstProblem("ä: [1\n"), "2:1: did not find expected ',' or ']'");
  EXPECT_EQ(FirstProblem("[1, 2]: a\n"),
            "1:1: a key is a list or a mapping, which JSON does not have");
  EXPECT_EQ(FirstProblem("a: \x01\n"), "1:4: control characters are not allowed");
  EXPECT_EQ(FirstProblem("a: \xC3(\n"), "1:4: invalid UTF-8: YAML readers refuse the file");
  EXPECT_FALSE(Read("a: 1\na: 2\n").problems.empty());
  EXPECT_TRUE(Read("a: 1\na: 2\n").valid);
  const ReadResult bad = Read("a: {{ .Values.name }}\nb: }\n");
  EXPECT_FALSE(bad.valid);
}

// What a hostile text may cost.
class Bounded : public testing::TestWithParam<std::string> {};

std::string Repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// Each list holds nine of the one before.
std::string BillionLaughs() {
  std::string text = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 9; ++k) text += "," + before;
    text += "]\n";
  }
  return text;
}

TEST_P(Bounded, IsRefusedSoon) {
  const auto start = std::chrono::steady_clock::now();
  const ReadResult read = Read(GetParam());
  EXPECT_FALSE(read.valid);
  EXPECT_FALSE(read.problems.empty());
  // Some hundredths of a second; a sanitizer on a busy machine takes its time.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, Bounded,
    testing::Values(BillionLaughs(), Repeated("[", 500'000), Repeated("- ", 500'000),
                    Repeated("{a: ", 250'000), Repeated("? ", 500'000),
                    std::string(10'000'000, 'a'), "\"" + std::string(1'000'000, 'x'),
                    "a: &a " + std::string(900'000, 'x') + "\nb: [" + Repeated("*a,", 30'000) + "]",
                    Repeated("- x\n", 200'000), Repeated("--- x\n", 150'000),
                    "a: " + std::string(31, '[') + "&x [1]" + std::string(31, ']') +
                        "\nb: " + std::string(31, '[') + "*x" + std::string(31, ']'),
                    Repeated("&a [", 31) + Repeated("1,", 60'000) + Repeated("]", 31)));

TEST(YamlReader, LongScalarsWithinTheBoundAreRead) {
  const ReadResult read = Read("a: " + std::string(1'000'000, 'x') + "\nb: " + std::string(9, '1'));
  EXPECT_TRUE(read.valid);
}

TEST(YamlLanguage, ByNameAndByLook) {
  EXPECT_EQ(LanguageOf("a.json", "---\n"), json::Language::kJson);
  EXPECT_EQ(LanguageOf("a.yaml", "{}"), json::Language::kYaml);
  EXPECT_EQ(LanguageOf("a.yml", "{}"), json::Language::kYaml);
  EXPECT_EQ(LanguageOf("<stdin>", "{\"apiVersion\": 1}"), json::Language::kJson);
  EXPECT_EQ(LanguageOf("<stdin>", "# x\napiVersion: v1\n"), json::Language::kYaml);
  EXPECT_EQ(LanguageOf("<stdin>", "garbage"), json::Language::kJson);
}

TEST(YamlScalar, Quotes) {
  for (const char* safe : {"SCMP_ACT_ALLOW", "read", "a.b/c-d"}) EXPECT_FALSE(NeedsQuotes(safe));
  for (const char* other :
       {"", "y", "no", "null", "10", "-a", "a: b", "a #b", "~", "é", "*a", "On"}) {
    EXPECT_TRUE(NeedsQuotes(other)) << other;
  }
}

}  // namespace
}  // namespace schema::yaml
