#include "schema/json/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/json/encoding.h"
#include "schema/json/read_file.h"

namespace schema::json {
namespace {

std::string Slice(const ReadResult& result, Span span) {
  return result.document.text.substr(span.begin, span.end - span.begin);
}

// The one problem of `text`, as "KIND [what it points at] message".
std::string Problem(const std::string& text) {
  const ReadResult result = Read(text);
  if (result.problems.size() != 1) return std::to_string(result.problems.size()) + " problems";
  const auto& problem = result.problems.front();
  return "[" + Slice(result, problem.span) + "] " + problem.message;
}

TEST(Read, EverythingKnowsItsPlace) {
  const ReadResult result = Read(" {\"a\" : [1, \"x\\\"\\u0041\", true,null , {\"b\":-2}]}\n");
  ASSERT_TRUE(result.valid);
  EXPECT_TRUE(result.problems.empty());
  const Value& root = result.document.root;
  EXPECT_EQ(Slice(result, root.span), "{\"a\" : [1, \"x\\\"\\u0041\", true,null , {\"b\":-2}]}");
  const Member& a = root.members.at(0);
  EXPECT_EQ(Slice(result, a.key.span), "\"a\"");
  ASSERT_EQ(a.value.items.size(), 5U);
  EXPECT_EQ(Slice(result, a.value.items[0].span), "1");
  EXPECT_EQ(Slice(result, a.value.items[1].span), "\"x\\\"\\u0041\"");
  EXPECT_EQ(a.value.items[1].text, "x\"A");
  EXPECT_EQ(Slice(result, a.value.items[2].span), "true");
  EXPECT_EQ(Slice(result, a.value.items[3].span), "null");
  EXPECT_EQ(Slice(result, a.value.items[4].members.at(0).value.span), "-2");
}

TEST(Read, IntegersAreExact) {
  const auto number = [](const std::string& text) {
    return Read("[" + text + "]").document.root.items.at(0).AsUnsigned();
  };
  EXPECT_EQ(number("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(number("9007199254740993"), 9007199254740993U);  // 2^53 + 1
  EXPECT_EQ(number("0"), 0U);
  EXPECT_EQ(number("18446744073709551616"), std::nullopt);
  EXPECT_EQ(number("-1"), std::nullopt);
  EXPECT_EQ(number("1.0"), std::nullopt);
  EXPECT_EQ(number("1e3"), std::nullopt);
}

TEST(Read, DuplicateKeysAreComparedDecodedAndKept) {
  const ReadResult result = Read(R"({"a": 1, "\u0061": 2, "b": {"c": 1, "c": 2}})");
  EXPECT_EQ(result.document.root.members.size(), 3U);
  ASSERT_EQ(result.problems.size(), 2U);
  EXPECT_EQ(Slice(result, result.problems[0].span), "\"\\u0061\"");
  EXPECT_EQ(Slice(result, result.problems[0].related.at(0).span), "\"a\"");
  EXPECT_EQ(result.problems[1].kind, ProblemKind::kDuplicateKey);
}

TEST(Read, DuplicateKeysOfALargeObjectPointToTheFirst) {
  const ReadResult result =
      Read(R"({"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"c":1,"j":0,"c":2})");
  ASSERT_EQ(result.problems.size(), 2U);
  for (const auto& problem : result.problems) {
    EXPECT_EQ(Slice(result, problem.span), "\"c\"");
    EXPECT_EQ(problem.related.at(0).span.begin, 13U);
  }
}

TEST(Read, SyntaxErrorsSayWhatIsThere) {
  EXPECT_EQ(Problem("{\"a\":1,}"), "[,] trailing comma before '}'");
  EXPECT_EQ(Problem("[1,]"), "[,] trailing comma before ']'");
  EXPECT_EQ(Problem("{\"a\" 1}"), "[1] expected ',' or '}' (or ':' after a key), found '1'");
  EXPECT_EQ(Problem("{\"a\":1 \"b\":2}"),
            "[\"] expected ',' or '}' (or ':' after a key), found '\"'");
  EXPECT_EQ(Problem("{a:1}"), "[a] a key must be a string in double quotes");
  EXPECT_EQ(Problem("// x\n{}"), "[// x] JSON has no comments");
  EXPECT_EQ(Problem("{} # x"), "[# x] JSON has no comments");
  EXPECT_EQ(Problem("{\"a\":'x'}"), "['] single quotes are not JSON");
  EXPECT_EQ(Problem("{\"a\":True}"), "[True] unknown word True");
  EXPECT_EQ(Problem("{\"a\":0x10}"), "[0x10] invalid number 0x10");
  EXPECT_EQ(Problem("{\"a\":[1,2}"), "[}] expected ',' or ']', found '}'");
  EXPECT_EQ(Problem("{\"a\":\"b\nc\"}"), "[\"b] this string is not closed on its line");
  EXPECT_EQ(Problem("{\"a\":\"\\q\"}"), "[\\q] invalid escape sequence in a string");
  EXPECT_EQ(Problem("{} x"), "[x] text after the end of the JSON value");
  EXPECT_EQ(Problem("{\"a\": [1"), "[] the file ends before the closing ']'");
  EXPECT_EQ(Problem("{\"a"), "[\"] this string is never closed");
  EXPECT_EQ(Problem(" \n"), "[] the file is empty");
}

TEST(Read, EncodingProblemsAreFoundAllAtOnce) {
  const ReadResult result = Read("\xEF\xBB\xBF{\"\xFF\": \"\xC0\xAF\", \"ok\": \"\xC3\xA9\"}");
  EXPECT_TRUE(result.valid);
  ASSERT_EQ(result.problems.size(), 3U);
  EXPECT_EQ(result.problems[0].span, (Span{0, 3}));
  EXPECT_EQ(Slice(result, result.problems[1].span), "\xFF");
  EXPECT_EQ(Slice(result, result.problems[2].span), "\xC0\xAF");
  EXPECT_EQ(Problem(std::string("{\0}\0", 4)), "[] the file is UTF-16, not UTF-8");
}

TEST(Read, BoundsHold) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Read(nested(kMaxDepth)).problems.empty());
  ASSERT_EQ(Read(nested(kMaxDepth + 1)).problems.size(), 1U);
  EXPECT_EQ(Read(nested(kMaxDepth + 1)).problems[0].kind, ProblemKind::kTooLarge);
  EXPECT_TRUE(Read(std::string(kMaxBytes - 2, ' ') + "{}").valid);
  EXPECT_EQ(Read(std::string(kMaxBytes + 1, ' ')).problems.at(0).kind, ProblemKind::kTooLarge);
  const auto values = [](std::size_t count) {
    std::string text = "[0";  // the array is one, too
    for (std::size_t i = 2; i < count; ++i) text += ",0";
    return text + "]";
  };
  EXPECT_TRUE(Read(values(kMaxValues)).valid);
  const ReadResult too_many = Read(values(kMaxValues + 1));
  EXPECT_FALSE(too_many.valid);
  EXPECT_EQ(too_many.problems.at(0).kind, ProblemKind::kTooLarge);
  EXPECT_EQ(too_many.problems.at(0).message, "more than 65536 values");
}

TEST(InvalidUtf8, FollowsTheTableOfRfc3629) {
  for (const char* good :
       {"\x7F", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(InvalidUtf8(good).empty()) << good;
  }
  for (const char* bad : {"\x80", "\xC1\x81", "\xE0\x9F\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF0\x8F\x80\x80", "\xE2\x82", "\xF5"}) {
    EXPECT_EQ(InvalidUtf8(bad).size(), 1U) << bad;
  }
}

TEST(PointerTo, EscapesKeysAndFollowsArrays) {
  const ReadResult result = Read(R"({"a/b": [0, {"c~": true}], "d": 1})");
  const Value& array = result.document.root.members[0].value;
  EXPECT_EQ(PointerTo(result.document, array.items[1].members[0].value.span), "/a~1b/1/c~0");
  EXPECT_EQ(PointerTo(result.document, array.items[1].members[0].key.span), "/a~1b/1/c~0");
  EXPECT_EQ(PointerTo(result.document, result.document.root.members[1].key.span), "/d");
  EXPECT_EQ(PointerTo(result.document, result.document.root.span), "");
}

TEST(Locate, CountsCodePoints) {
  const std::string text = "ab\n\xC3\xA9x\n";
  EXPECT_EQ(Locate(text, 0).column, 1U);
  EXPECT_EQ(Locate(text, 5).line, 2U);
  EXPECT_EQ(Locate(text, 5).column, 2U);
  EXPECT_EQ(Locate(text, 999).line, 3U);
}

TEST(ReadFile, NamesThePathThatItCannotRead) {
  const auto missing = ReadFile("/no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "cannot open /no/such/file: No such file or directory");
  EXPECT_FALSE(ReadFile("/"));
  EXPECT_EQ(ReadFile("/dev/zero")->size(), kMaxBytes + 1);
}

}  // namespace
}  // namespace schema::json
