// Join() on random profiles, against Decide() on every call of a grid of border values.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lint/merge/join.h"
#include "lint/merge/proof.h"
#include "lint/rules/permissiveness.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"
#include "schema/profile/write.h"

namespace lint::merge {
namespace {

using schema::kernel::Target;
using schema::policy::Policy;
using schema::profile::Profile;

constexpr std::array<std::string_view, 3> kNames = {"lseek", "personality", "socket"};
constexpr std::array<std::uint64_t, 6> kValues = {0, 1, 8, 9, 0xFFFFFFFF, 0x100000001};

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::size_t Below(std::size_t bound) { return engine_() % bound; }
  bool OneIn(std::size_t n) { return Below(n) == 0; }

  std::string ProfileText(std::string_view default_action, bool denials) {
    std::string rules;
    for (std::size_t i = 1 + Below(5); i > 0; --i)
      rules += (rules.empty() ? "" : ",") + Rule(denials);
    return R"({"defaultAction": ")" + std::string(default_action) + "\"," + kArchMap +
           "\"syscalls\": [" + rules + "]}";
  }

 private:
  static constexpr const char* kArchMap =
      R"("archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],)";

  std::string Rule(bool denials) {
    std::string names = "\"" + std::string(kNames[Below(kNames.size())]) + "\"";
    if (OneIn(3)) names += ", \"" + std::string(kNames[Below(kNames.size())]) + "\"";
    std::string action = "\"SCMP_ACT_ALLOW\"";
    if (denials && OneIn(3)) action = "\"SCMP_ACT_ERRNO\", \"errnoRet\": 38";
    if (denials && OneIn(6)) action = "\"SCMP_ACT_KILL_PROCESS\"";
    std::string rule = "{\"names\": [" + names + "], \"action\": " + action;
    if (!OneIn(3))
      rule += ", \"args\": [" + Condition() + (OneIn(3) ? "," + Condition() : "") + "]";
    if (OneIn(4)) rule += ", \"includes\": " + Conditions();
    if (OneIn(4)) rule += ", \"excludes\": " + Conditions();
    return rule + "}";
  }

  std::string Condition() {
    constexpr std::array kOperators = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
    return "{\"index\": " + std::to_string(Below(2)) +
           ", \"value\": " + std::to_string(kValues[Below(kValues.size())]) +
           ", \"valueTwo\": " + std::to_string(kValues[Below(4)]) + ", \"op\": \"SCMP_CMP_" +
           kOperators[Below(kOperators.size())] + "\"}";
  }

  std::string Conditions() {
    if (OneIn(3)) return R"({"minKernel": "4.8"})";
    if (OneIn(2)) return R"({"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]})";
    return R"({"caps": ["CAP_SYS_ADMIN"]})";
  }

  std::mt19937 engine_;
};

struct Source {
  schema::json::ReadResult json;
  Profile profile;
};

Source Read(const std::string& text) {
  Source source{schema::json::Read(text), {}};
  source.profile = *schema::profile::Parse(source.json.document).profile;
  return source;
}

// What one of the policies gives at most.
int Most(const std::vector<Policy>& policies, const schema::policy::Call& call) {
  int most = 0;
  for (const Policy& policy : policies) {
    most = std::max(most, rules::Permissiveness(Decide(policy, call).verdict.action));
  }
  return most;
}

void ExpectUnion(const std::vector<Policy>& policies, const Policy& whole) {
  for (const auto& part : whole.architectures) {
    for (const std::string_view name : kNames) {
      for (const std::uint64_t first : kValues) {
        for (const std::uint64_t second : kValues) {
          const auto number = schema::kernel::NumberOf(part.architecture, name);
          const std::uint64_t width =
              schema::policy::ArgumentBits(part.architecture) == 32 ? 0xFFFFFFFF : ~0ULL;
          const schema::policy::Call call = {schema::kernel::Facts(part.architecture).audit_token,
                                             *number,
                                             {first & width, second & width}};
          const auto decision = Decide(whole, call);
          ASSERT_FALSE(decision.ambiguous);
          ASSERT_EQ(rules::Permissiveness(decision.verdict.action), Most(policies, call))
              << name << "(" << first << ", " << second << ")";
        }
      }
    }
  }
}

struct Counts {
  int joined = 0;
  int refused = 0;
};

// One to three profiles: joined they are the union, or it is said that there is none.
Counts TryMany(bool denials, std::string_view default_action) {
  Counts counts;
  for (std::uint32_t seed = 0; seed < 3000 && !testing::Test::HasFatalFailure(); ++seed) {
    Random random(seed);
    std::vector<Source> sources;
    for (std::size_t i = 1 + random.Below(3); i > 0; --i) {
      sources.push_back(Read(random.ProfileText(default_action, denials)));
    }
    std::vector<Part> parts;
    std::string all;
    for (const Source& source : sources) {
      parts.push_back({"part", source.json.document.text, &source.profile});
      all += source.json.document.text + "\n";
    }
    SCOPED_TRACE(all);
    Target host;
    host.kernel = {6, 1};
    host = *schema::kernel::ParseTarget("libseccomp=2.5.4", host);
    const auto targets = TargetsThatMatter(parts, host);
    const auto joined = Join(parts);
    EXPECT_TRUE(joined);
    if (!CheckUnion(parts, joined->profile, targets)) {
      ++counts.refused;
      continue;
    }
    ++counts.joined;
    const Source again = Read(schema::profile::ToJson(joined->profile));
    for (const Target& target : targets) {
      std::vector<Policy> policies;
      for (const Part& part : parts)
        policies.push_back(*schema::policy::Resolve(*part.profile, target));
      ExpectUnion(policies, *schema::policy::Resolve(again.profile, target));
    }
  }
  return counts;
}

TEST(MergeRandom, WhatIsAllowedHasAUnionAlways) {
  EXPECT_EQ(TryMany(false, "SCMP_ACT_ERRNO").refused, 0);
}

TEST(MergeRandom, Denials) { EXPECT_GT(TryMany(true, "SCMP_ACT_ERRNO").joined, 500); }

TEST(MergeRandom, DenialsOfWhatIsLogged) { EXPECT_GT(TryMany(true, "SCMP_ACT_LOG").joined, 500); }

TEST(MergeRandom, DenyLists) { EXPECT_GT(TryMany(true, "SCMP_ACT_ALLOW").joined, 300); }

}  // namespace
}  // namespace lint::merge
