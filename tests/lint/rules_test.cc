// What holds for every rule.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

TEST(Rules, AreInOrderAndUnique) {
  std::string_view last;
  std::set<std::string_view> names;
  for (const Rule* rule : AllRules()) {
    EXPECT_LT(last, rule->id);
    EXPECT_TRUE(names.insert(rule->name).second) << rule->name;
    last = rule->id;
  }
}

TEST(Rules, ExplainThemselves) {
  for (const Rule* rule : AllRules()) {
    EXPECT_NE(rule->check, nullptr) << rule->id;
    for (const std::string_view text :
         {rule->summary, rule->why, rule->bad, rule->good, rule->source}) {
      EXPECT_FALSE(text.empty()) << rule->id;
    }
    EXPECT_TRUE(rule->summary.ends_with('.')) << rule->id;
    EXPECT_TRUE(rule->why.ends_with('.')) << rule->id;
    EXPECT_NE(rule->bad, rule->good) << rule->id;
  }
}

TEST(Rules, HaveFixtures) {
  for (const Rule* rule : AllRules()) {
    const auto directory = std::filesystem::path("tests/lint/cases") / std::string(rule->id);
    for (const char* file : {"bad.json", "good.json", "bad.expected"}) {
      EXPECT_TRUE(std::filesystem::exists(directory / file)) << directory / file;
    }
  }
}

TEST(Rules, AreFoundByIdAndName) {
  EXPECT_EQ(FindRule("SL001"), FindRule("json-syntax"));
  EXPECT_EQ(FindRule("SL000"), nullptr);
}

}  // namespace
}  // namespace lint::rules
