#include "schema/policy/region.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <string_view>

#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::policy {
namespace {

using kernel::Action;
using kernel::Architecture;
using kernel::Verdict;

constexpr std::uint32_t kX86_64Token = 0xC000003E;
constexpr Call kPersonality{kX86_64Token, 135, {}};

Policy PolicyOf(const std::string& rules, ResolveOptions options = {}) {
  kernel::Target target;
  target.kernel = {6, 1};
  const std::string text = R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)" + rules + "]}";
  return *Resolve(*profile::Parse(json::Read(text).document).profile, target, options);
}

std::string Rule(std::string_view action, std::string_view args = "") {
  return R"({"names": ["personality"], "action": "SCMP_ACT_)" + std::string(action) +
         R"(", "args": [)" + std::string(args) + "]}";
}

std::string Argument(unsigned index, std::string_view op, std::uint64_t value,
                     std::uint64_t value_two = 0) {
  return R"({"index": )" + std::to_string(index) + R"(, "op": "SCMP_CMP_)" + std::string(op) +
         R"(", "value": )" + std::to_string(value) + R"(, "valueTwo": )" +
         std::to_string(value_two) + "}";
}

// "SCMP_ACT_ALLOW if arg0 == 8; SCMP_ACT_ERRNO(EPERM) by default if arg0 != 8".
std::string Text(const Result<std::vector<CallOutcome>>& outcomes) {
  if (!outcomes) return outcomes.error().message;
  std::string text;
  for (const CallOutcome& outcome : *outcomes) {
    text += (text.empty() ? "" : "; ") + ToString(outcome.verdict);
    if (outcome.by_default) text += " by default";
    for (const std::string& when : outcome.when) text += " if " + when;
  }
  return text;
}

std::string Outcomes(const std::string& rules, const Call& call = kPersonality) {
  return Text(OutcomesOf(PolicyOf(rules), Architecture::kX86_64, call));
}

TEST(Outcomes, OfACall) {
  EXPECT_EQ(Outcomes(""), "SCMP_ACT_ERRNO(EPERM) by default");
  EXPECT_EQ(Outcomes(Rule("ALLOW")), "SCMP_ACT_ALLOW");
  const std::string conditional = Rule("ALLOW", Argument(0, "EQ", 8));
  EXPECT_EQ(Outcomes(conditional),
            "SCMP_ACT_ALLOW if arg0 == 8; SCMP_ACT_ERRNO(EPERM) by default if arg0 != 8");
  // The same verdict twice, and two that leave nothing to the default.
  EXPECT_EQ(Outcomes(conditional + "," + Rule("ALLOW", Argument(0, "NE", 8))), "SCMP_ACT_ALLOW");
  EXPECT_EQ(Outcomes(conditional + "," + Rule("ALLOW")), "SCMP_ACT_ALLOW");
  EXPECT_EQ(Outcomes(conditional + "," + Rule("KILL", Argument(0, "NE", 8))),
            "SCMP_ACT_ALLOW if arg0 == 8; SCMP_ACT_KILL_THREAD if arg0 != 8");
  EXPECT_EQ(Outcomes(conditional + "," + Rule("KILL")),
            "rule 0 gives SCMP_ACT_ALLOW and rule 1 SCMP_ACT_KILL_THREAD to the same arguments");
}

TEST(Outcomes, OfOtherNumbersAndArchitectures) {
  EXPECT_EQ(Outcomes("", {kX86_64Token, 0xFFFFFFFF, {}}), "SCMP_ACT_ERRNO(EPERM) by default");
  EXPECT_EQ(Text(OutcomesOf(PolicyOf(""), std::nullopt, {0x1234, 0, {}})),
            "SCMP_ACT_KILL_THREAD by default");
  EXPECT_EQ(Text(OutcomesOf(PolicyOf(""), Architecture::kX86, {0x40000003, 0, {}})),
            "SCMP_ACT_KILL_THREAD by default");
  const Policy horizon = PolicyOf(Rule("ALLOW"), {.enosys_horizon = true});
  EXPECT_EQ(Text(OutcomesOf(horizon, Architecture::kX86_64, {kX86_64Token, 136, {}})),
            "SCMP_ACT_ERRNO(ENOSYS) by default");
}

TEST(Gain, OfAChange) {
  const Policy old_policy =
      PolicyOf(Rule("KILL", Argument(0, "EQ", 1)) + "," + Rule("TRAP", Argument(0, "EQ", 2)));
  const auto gain = [&](const std::string& rules, Action action) {
    return *GainOf(old_policy, PolicyOf(rules), Architecture::kX86_64, kPersonality,
                   [=](Verdict verdict) { return verdict.action == action; });
  };
  EXPECT_TRUE(gain(Rule("ALLOW"), Action::kErrno).all);
  const std::string below = Rule("ALLOW", Argument(0, "LT", 2));
  EXPECT_TRUE(gain(below, Action::kKillThread).all);
  EXPECT_FALSE(gain(below, Action::kErrno).all);
  EXPECT_EQ(gain(below, Action::kErrno).when, std::vector<std::string>{"arg0 == 0"});
  EXPECT_FALSE(gain(below, Action::kTrap).all);
  EXPECT_TRUE(gain(below, Action::kTrap).when.empty());
  // What nobody asks about is not gained.
  EXPECT_FALSE(gain(below, Action::kLog).all);
}

// Random rules against Decide() for every pair of arguments that they could tell apart.
class RandomRules {
 public:
  explicit RandomRules(unsigned seed) : random_(seed) {}

  std::string Make() {
    std::string rules;
    const unsigned count = Below(4);
    for (unsigned i = 0; i < count; ++i) {
      std::string args;
      for (unsigned index = 0; index < 2; ++index) {
        if (Below(3) == 0) continue;
        constexpr std::string_view kOps[] = {"EQ", "NE", "LT", "GE", "MASKED_EQ"};
        const auto op = kOps[Below(5)];
        const unsigned value = Below(8);
        args += (args.empty() ? "" : ",") + Argument(index, op, value, Below(8) & value);
      }
      constexpr std::string_view kActions[] = {"ALLOW", "ALLOW", "KILL", "LOG"};
      rules += (rules.empty() ? "" : ",") + Rule(kActions[Below(4)], args);
    }
    return rules;
  }

 private:
  unsigned Below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::minstd_rand random_;
};

template <class Function>
void ForEachCall(Function function) {
  for (std::uint64_t first = 0; first < 16; ++first) {
    for (std::uint64_t second = 0; second < 16; ++second) {
      function(Call{kX86_64Token, 135, {first, second}});
    }
  }
}

TEST(Outcomes, AgreeWithDecide) {
  RandomRules rules(5);
  int compared = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::string old_rules = rules.Make();
    const std::string new_rules = rules.Make();
    const Policy old_policy = PolicyOf(old_rules);
    const Policy new_policy = PolicyOf(new_rules);
    std::set<Verdict> verdicts;
    bool ambiguous = false;
    bool some = false;
    bool left = false;
    const auto in_question = [](Verdict verdict) { return verdict.action == Action::kErrno; };
    ForEachCall([&](const Call& call) {
      const Decision before = Decide(old_policy, call);
      const Decision after = Decide(new_policy, call);
      ambiguous = ambiguous || before.ambiguous || after.ambiguous;
      verdicts.insert(before.verdict);
      if (!in_question(before.verdict)) return;
      (after.verdict.action == Action::kAllow ? some : left) = true;
    });
    const auto gain =
        GainOf(old_policy, new_policy, Architecture::kX86_64, kPersonality, in_question);
    ASSERT_EQ(gain.has_value(), !ambiguous) << old_rules << "\n" << new_rules;
    if (ambiguous) continue;
    ++compared;
    std::set<Verdict> found;
    for (const auto& outcome : *OutcomesOf(old_policy, Architecture::kX86_64, kPersonality)) {
      EXPECT_TRUE(found.insert(outcome.verdict).second);
    }
    EXPECT_EQ(found, verdicts) << old_rules;
    EXPECT_EQ(gain->all, some && !left) << old_rules << "\n" << new_rules;
    EXPECT_EQ(!gain->when.empty(), some && left) << old_rules << "\n" << new_rules;
  }
  EXPECT_GT(compared, 500);
}

}  // namespace
}  // namespace schema::policy
