// The mutator of profiles: JSON always, a profile mostly, and of every kind.

#include "fuzz/profile_mutator.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/engine/engine.h"
#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace fuzz {
namespace {

const schema::kernel::Target kTarget =
    *schema::kernel::ParseTarget("arch=x86_64,kernel=6.1,caps=docker", {});

// Each out of the one before; every now and then from the start again.
std::vector<std::string> Chain(std::size_t length) {
  constexpr std::uint32_t kGenerations = 15;
  std::vector<std::string> chain = {std::string(kSmallestProfile)};
  for (std::uint32_t seed = 1; chain.size() < length; ++seed) {
    const bool starts = seed % kGenerations == 0;
    const auto next = MutateProfile(starts ? kSmallestProfile : chain.back(), seed);
    if (!next) {
      ADD_FAILURE() << "no mutation of " << chain.back();
      break;
    }
    chain.push_back(*next);
  }
  return chain;
}

TEST(ProfileMutator, MostlyMakesProfiles) {
  const auto chain = Chain(1000);
  std::size_t resolved = 0;
  std::set<std::string> different;
  for (const std::string& text : chain) {
    const auto json = schema::json::Read(text);
    ASSERT_TRUE(json.valid) << text;
    different.insert(text);
    const auto parsed = schema::profile::Parse(json.document);
    ASSERT_TRUE(parsed.profile) << text;
    if (parsed.profile->complete && schema::policy::Resolve(*parsed.profile, kTarget)) ++resolved;
  }
  EXPECT_GT(resolved, chain.size() / 2);
  EXPECT_GT(different.size(), chain.size() * 9 / 10);
}

// All that the mutator can say, the rules speak of: few are silent on all of its profiles.
TEST(ProfileMutator, ReachesTheRules) {
  lint::engine::Options options;
  options.targets = {kTarget};
  ASSERT_TRUE(options.selection.Select("all"));
  std::set<std::string_view> rules;
  for (std::string& text : Chain(400)) {
    for (const auto& report : lint::engine::Check("p", std::move(text), options).reports) {
      rules.insert(report.rule->id);
    }
  }
  EXPECT_GE(rules.size(), 30U);
}

TEST(ProfileMutator, IsTheSameForTheSameSeed) {
  EXPECT_EQ(MutateProfile(kSmallestProfile, 7), MutateProfile(kSmallestProfile, 7));
  EXPECT_NE(MutateProfile(kSmallestProfile, 7), MutateProfile(kSmallestProfile, 8));
}

TEST(ProfileMutator, LeavesOtherTextsAlone) {
  for (const char* text : {"", "[]", "{", "1", "\xFF"}) {
    EXPECT_FALSE(MutateProfile(text, 1)) << text;
    EXPECT_FALSE(CrossProfiles(text, kSmallestProfile, 1)) << text;
    EXPECT_FALSE(CrossProfiles(kSmallestProfile, text, 1)) << text;
  }
  EXPECT_TRUE(MutateProfile("{}", 1));
}

TEST(ProfileMutator, CrossesRules) {
  constexpr std::string_view kOther =
      R"({"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["mount"],"action":"SCMP_ACT_ALLOW"}]})";
  bool took = false;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const auto child = CrossProfiles(kSmallestProfile, kOther, seed);
    ASSERT_TRUE(child && schema::json::Read(*child).valid);
    EXPECT_NE(child->find("\"read\""), std::string::npos);
    took = took || child->find("\"mount\"") != std::string::npos;
  }
  EXPECT_TRUE(took);
}

}  // namespace
}  // namespace fuzz
