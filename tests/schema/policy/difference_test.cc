#include "schema/policy/difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/json/reader.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace schema::policy {
namespace {

using kernel::Target;

Policy PolicyOf(const std::string& text, std::string_view target = "arch=aarch64",
                ResolveOptions options = {}) {
  Target defaults;
  defaults.kernel = {6, 1};
  const auto profile = profile::Parse(json::Read(text).document).profile;
  return *Resolve(*profile, *kernel::ParseTarget(target, defaults), options);
}

std::string WithRules(const std::string& rules, const std::string& more = "") {
  return R"({"defaultAction": "SCMP_ACT_ERRNO", )" + more + R"("syscalls": [)" + rules + "]}";
}

// A rule that allows `name`; `args`: "0 EQ 40, 1 LT 9", MASKED_EQ with mask and value.
std::string Allow(const std::string& name, const std::string& args = "",
                  const std::string& action = "ALLOW") {
  std::istringstream in(args);
  std::string conditions;
  for (std::string condition; std::getline(in, condition, ',');) {
    std::istringstream words(condition);
    std::string index;
    std::string op;
    std::string value;
    std::string two = "0";
    words >> index >> op >> value >> two;
    conditions += (conditions.empty() ? "" : ",") + (R"({"index": )" + index) + R"(, "value": )" +
                  value + R"(, "valueTwo": )" + (two.empty() ? "0" : two) +
                  R"(, "op": "SCMP_CMP_)" + op + "\"}";
  }
  return R"({"names": [")" + name + R"("], "action": "SCMP_ACT_)" + action + R"(", "args": [)" +
         conditions + "]}";
}

// A line for each difference: "socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 40".
std::string Lines(const std::vector<Difference>& differences) {
  std::string text;
  for (const Difference& difference : differences) {
    text += text.empty() ? "" : "\n";
    switch (difference.scope) {
      case Difference::Scope::kCall:
        text += difference.name;
        break;
      case Difference::Scope::kUnnamed:
        text += "unnamed";
        break;
      case Difference::Scope::kArchitecture:
        text += std::string(kernel::Facts(difference.architecture).name) + " (" +
                std::to_string(difference.calls) + ")";
        break;
    }
    text += ": " + ToString(difference.old_verdict) + " -> " + ToString(difference.new_verdict);
    for (std::size_t i = 0; i < difference.when.size(); ++i) {
      text += (i == 0 ? " if " : " or ") + difference.when[i];
    }
  }
  return text;
}

std::string Diff(const Policy& old_policy, const Policy& new_policy) {
  const auto found = FindDifferences(old_policy, new_policy);
  return found ? Lines(*found) : "error: " + found.error().message;
}

std::string DiffRules(const std::string& old_rules, const std::string& new_rules,
                      std::string_view target = "arch=aarch64") {
  return Diff(PolicyOf(WithRules(old_rules), target), PolicyOf(WithRules(new_rules), target));
}

TEST(FindDifferences, AWholeCall) {
  EXPECT_EQ(DiffRules(Allow("read"), Allow("read")), "");
  EXPECT_EQ(DiffRules("", Allow("mount")), "mount: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW");
  EXPECT_EQ(DiffRules(Allow("mount"), ""), "mount: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM)");
  EXPECT_EQ(DiffRules(Allow("mount"), Allow("mount", "", "LOG")),
            "mount: SCMP_ACT_ALLOW -> SCMP_ACT_LOG");
}

TEST(FindDifferences, SaysForWhichArguments) {
  const std::string denied = "socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if ";
  const std::pair<const char*, const char*> cases[] = {
      {"0 NE 40", "arg0 == 40"},
      {"0 EQ 40", "arg0 != 40"},
      {"0 LT 40", "arg0 >= 40"},
      {"0 LE 40", "arg0 > 40"},
      {"0 GT 40", "arg0 <= 40"},
      {"0 GE 40", "arg0 < 40"},
      {"0 GE 1", "arg0 == 0"},
      {"0 MASKED_EQ 12 4", "arg0 & 12 != 4"},
      {"0 EQ 1, 2 EQ 5", "not (arg0 == 1 and arg2 == 5)"},
  };
  for (const auto& [conditions, when] : cases) {
    EXPECT_EQ(DiffRules(Allow("socket"), Allow("socket", conditions)), denied + when);
  }
}

TEST(FindDifferences, LeavesOutWhatFollows) {
  EXPECT_EQ(DiffRules(Allow("socket", "0 EQ 1"), Allow("socket", "0 EQ 1, 2 EQ 5")),
            "socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 1 and arg2 != 5");
  EXPECT_EQ(DiffRules(Allow("socket", "0 NE 40"), Allow("socket", "0 LT 38") + "," +
                                                      Allow("socket", "0 EQ 39") + "," +
                                                      Allow("socket", "0 GT 40")),
            "socket: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 38");
  EXPECT_EQ(DiffRules(Allow("clone", "0 EQ 1"), Allow("clone", "0 EQ 2")),
            "clone: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW if arg0 == 2\n"
            "clone: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM) if arg0 == 1");
}

TEST(FindDifferences, TheSameMeaningWrittenDifferently) {
  const std::pair<std::string, std::string> pairs[] = {
      {Allow("socket", "0 LT 40"), Allow("socket", "0 LE 39")},
      {Allow("socket", "0 NE 40"), Allow("socket", "0 LT 40") + "," + Allow("socket", "0 GT 40")},
      {Allow("socket"),
       Allow("socket", "0 MASKED_EQ 1 0") + "," + Allow("socket", "0 MASKED_EQ 1 1")},
      {Allow("socket"), Allow("socket", "1 GE 0")},
      {Allow("socket", "0 EQ 1") + "," + Allow("socket", "1 EQ 2"),
       Allow("socket", "0 EQ 1, 1 NE 2") + "," + Allow("socket", "1 EQ 2")},
      {"", Allow("socket", "0 LT 0")},
      {"", Allow("socket", "0 EQ 1", "ERRNO")},
      {Allow("read") + "," + Allow("write"), Allow("write") + "," + Allow("read")},
  };
  for (const auto& [one, other] : pairs) {
    EXPECT_EQ(DiffRules(one, other), "");
    EXPECT_EQ(DiffRules(other, one), "");
  }
  // On 32 bits alone.
  const std::string wide = Allow("read", "0 LT 4294967296");
  EXPECT_EQ(DiffRules(wide, Allow("read"), "arch=arm"), "");
  EXPECT_EQ(DiffRules(wide, Allow("read")),
            "read: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ALLOW if arg0 >= 0x100000000");
}

TEST(FindDifferences, TheWitnessIsTheLeastCall) {
  const auto found = FindDifferences(PolicyOf(WithRules(Allow("socket"))),
                                     PolicyOf(WithRules(Allow("socket", "1 LT 40"))));
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().witness.arguments, (Arguments{0, 40}));
  EXPECT_EQ(found->front().arguments, 2U);
  EXPECT_EQ(found->front().witness.number, 198U);
}

TEST(FindDifferences, TheDefaultIsToldOnce) {
  const std::string rules = Allow("read") + "," + Allow("personality", "0 EQ 8");
  const std::string nosys = WithRules(rules, R"("defaultErrnoRet": 38, )");
  EXPECT_EQ(Diff(PolicyOf(WithRules(rules)), PolicyOf(nosys)),
            "unnamed: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ERRNO(ENOSYS)");
  // A rule of the one that says the default of the other.
  EXPECT_EQ(
      Diff(PolicyOf(WithRules(rules)), PolicyOf(WithRules(rules + "," + Allow("bpf", "", "ERRNO"),
                                                          R"("defaultErrnoRet": 38, )"))),
      "unnamed: SCMP_ACT_ERRNO(EPERM) -> SCMP_ACT_ERRNO(ENOSYS)");
}

TEST(FindDifferences, AHorizonDividesTheNumbers) {
  const auto with = [](const std::string& rules) {
    return PolicyOf(WithRules(rules), "arch=aarch64", {.enosys_horizon = true});
  };
  const auto found = FindDifferences(with(Allow("read")), with(Allow("statx", "0 EQ 1")));
  EXPECT_EQ(Lines(*found),
            "unnamed: SCMP_ACT_ERRNO(ENOSYS) -> SCMP_ACT_ERRNO(EPERM)\n"
            "read: SCMP_ACT_ALLOW -> SCMP_ACT_ERRNO(EPERM)\n"
            "statx: SCMP_ACT_ERRNO(ENOSYS) -> SCMP_ACT_ALLOW if arg0 == 1");
  EXPECT_EQ(found->front().first_number, 64U);
  EXPECT_EQ(found->front().last_number, 291U);
}

TEST(FindDifferences, AnArchitectureOfOneAlone) {
  const std::string with = R"("architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], )";
  const std::string rules = Allow("read") + "," + Allow("write", "0 EQ 1");
  const Policy narrow = PolicyOf(WithRules(rules), "arch=x86_64");
  const Policy wide = PolicyOf(WithRules(rules, with), "arch=x86_64");
  EXPECT_EQ(Diff(narrow, wide),
            "x86 (0): SCMP_ACT_KILL_THREAD -> SCMP_ACT_ERRNO(EPERM)\n"
            "x86 (2): SCMP_ACT_KILL_THREAD -> SCMP_ACT_ALLOW\n"
            "x32 (0): SCMP_ACT_KILL_THREAD -> SCMP_ACT_ERRNO(EPERM)\n"
            "x32 (2): SCMP_ACT_KILL_THREAD -> SCMP_ACT_ALLOW");
  EXPECT_EQ(FindDifferences(wide, narrow)->size(), 4U);
  const std::string killing = R"({"defaultAction": "SCMP_ACT_KILL"})";
  const std::string killing_x86 =
      R"({"defaultAction": "SCMP_ACT_KILL", "architectures": ["SCMP_ARCH_X86"]})";
  EXPECT_EQ(Diff(PolicyOf(killing, "arch=x86_64"), PolicyOf(killing_x86, "arch=x86_64")), "");
}

TEST(FindDifferences, RefusesAnAmbiguousProfile) {
  const Policy clear = PolicyOf(WithRules(Allow("read")));
  const Policy ambiguous =
      PolicyOf(WithRules(Allow("read") + "," + Allow("read", "0 EQ 1", "LOG")));
  EXPECT_EQ(Diff(clear, ambiguous),
            "error: the new profile is ambiguous: /syscalls/0 gives SCMP_ACT_ALLOW, /syscalls/1 "
            "SCMP_ACT_LOG to some calls of read on aarch64");
  EXPECT_TRUE(Diff(ambiguous, clear).starts_with("error: the old profile is ambiguous"));
}

std::string Joined(int count, const std::function<std::string(int)>& rule) {
  std::string rules;
  for (int i = 0; i < count; ++i) rules += (i == 0 ? "" : ",") + rule(i);
  return rules;
}

TEST(FindDifferences, ManyRulesOfOneCall) {
  std::mt19937 random(7);
  const auto values = [](int i) { return Allow("read", "0 EQ " + std::to_string(i)); };
  EXPECT_EQ(DiffRules(Joined(500, values), Allow("read", "0 LT 500")), "");
  const auto masks = [&](int) {
    return Allow("read", "0 MASKED_EQ " + std::to_string(random() & 0xFFFFU) + " 0");
  };
  EXPECT_NE(DiffRules(Allow("read"), Joined(60, masks)), "");
}

// Each rule excludes a combination of three bits: random 3-SAT of 204 variables at the density
// where it is hardest. There may be an answer, but no wrong one, and none after minutes.
TEST(FindDifferences, GivesUpOnEntangledRules) {
  std::mt19937 random(7);
  const auto rule = [&](int) {
    std::vector<int> indices = {0, 1, 2, 3, 4, 5};
    std::ranges::shuffle(indices, random);
    std::string args;
    for (int i = 0; i < 3; ++i) {
      const std::string bit = std::to_string(std::uint64_t{1} << (random() % 34));
      args += (i == 0 ? "" : ",") + std::to_string(indices[static_cast<std::size_t>(i)]) +
              " MASKED_EQ " + bit + " " + (random() % 2 == 0 ? "0" : bit);
    }
    return Allow("read", args);
  };
  const Policy entangled = PolicyOf(WithRules(Joined(900, rule)));
  const auto found = FindDifferences(PolicyOf(WithRules(Allow("read"))), entangled);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace schema::policy
