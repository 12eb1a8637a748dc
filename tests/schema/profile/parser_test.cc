#include "schema/profile/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema/json/reader.h"

namespace schema::profile {
namespace {

struct Parsed {
  std::string text;
  ParseResult result;

  const Profile& profile() const { return *result.profile; }
  std::string Slice(Span span) const { return text.substr(span.begin, span.end - span.begin); }
};

Parsed ParseText(const std::string& text) {
  const json::ReadResult json = json::Read(text);
  EXPECT_TRUE(json.valid) << text;
  return {text, Parse(json.document)};
}

// A profile with one rule, which has these members beside its names.
Parsed ParseRule(const std::string& members) {
  return ParseText(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], )" +
                   members + "}]}");
}

std::vector<ProblemKind> Kinds(const Parsed& parsed) {
  std::vector<ProblemKind> kinds;
  for (const Problem& problem : parsed.result.problems) kinds.push_back(problem.kind);
  return kinds;
}

using enum ProblemKind;

TEST(Parse, TheWholeFormat) {
  const Parsed parsed = ParseText(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
    "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/x", "listenerMetadata": "m",
    "syscalls": [{
      "names": ["clone"], "action": "SCMP_ACT_TRACE", "errnoRet": 7, "errno": "E2BIG",
      "args": [{"index": 5, "value": 18446744073709551615, "valueTwo": 1,
                "op": "SCMP_CMP_MASKED_EQ"}],
      "comment": "why", "includes": {"caps": ["CAP_KILL"], "arches": ["amd64"]},
      "excludes": {"minKernel": "4.8"}}, {"name": "read", "action": "SCMP_ACT_ALLOW"}]})");
  EXPECT_TRUE(parsed.result.problems.empty());
  const Profile& profile = parsed.profile();
  EXPECT_TRUE(profile.complete);
  EXPECT_EQ(profile.default_action->value, kernel::Action::kErrno);
  EXPECT_EQ(profile.default_errno_ret->value, 38U);
  EXPECT_EQ(profile.default_errno_name->value, "ENOSYS");
  EXPECT_EQ(profile.arch_map->value[0].subarchitectures.at(0).value, kernel::Architecture::kX86);
  EXPECT_EQ(profile.flags[0].value, "SECCOMP_FILTER_FLAG_LOG");
  EXPECT_EQ(profile.listener_path->value, "/run/x");
  const Rule& rule = profile.syscalls[0];
  EXPECT_EQ(parsed.Slice(rule.names[0].span), "\"clone\"");
  EXPECT_EQ(rule.errno_ret->value, 7U);
  EXPECT_EQ(rule.errno_name->value, "E2BIG");
  EXPECT_EQ(rule.args[0].value->value, UINT64_MAX);
  EXPECT_EQ(parsed.Slice(rule.args[0].value_two->span), "1");
  EXPECT_EQ(rule.args[0].op->value, kernel::Operator::kMaskedEqual);
  EXPECT_EQ(rule.includes->caps[0].value, "CAP_KILL");
  EXPECT_EQ(rule.excludes->min_kernel->value, (kernel::KernelVersion{4, 8}));
  EXPECT_EQ(profile.syscalls[1].AllNames()[0].value, "read");
}

TEST(Parse, WhatIsOptionalMayBeAbsentOrNull) {
  EXPECT_TRUE(ParseRule(R"("action": "SCMP_ACT_ALLOW", "args": null, "includes": {},
      "excludes": null, "errnoRet": null, "comment": null)")
                  .result.problems.empty());
  EXPECT_TRUE(
      ParseText(R"({"defaultAction": "SCMP_ACT_LOG", "syscalls": null})").result.problems.empty());
}

TEST(Parse, ReportsEveryProblemInOrder) {
  const Parsed parsed = ParseText(R"({
    "defaultAction": "SCMP_ACT_DENY", "extra": 1, "architecture": [],
    "syscalls": [7, {"names": "read", "action": 1, "args": [{"index": -1, "op": "=="}],
                     "includes": {"minKernel": "4"}}, {"names": []}],
    "architectures": ["amd64"]})");
  EXPECT_EQ(Kinds(parsed),
            (std::vector{kUnknownAction, kUnknownKey, kMisspeltKey, kWrongType, kWrongType,
                         kWrongType, kIncompleteArg, kInexactNumber, kUnknownOperator,
                         kMinKernelFormat, kUnknownAction, kUnknownArchitecture}));
  EXPECT_FALSE(parsed.profile().complete);
  EXPECT_EQ(parsed.Slice(parsed.result.problems[2].span), "\"architecture\"");
  EXPECT_EQ(parsed.result.problems[2].message,
            "\"architecture\" is no key of a profile, did you mean \"architectures\"?");
}

TEST(Parse, AKeyInAnotherCaseIsMisspelt) {
  EXPECT_EQ(Kinds(ParseText(R"({"defaultAction": "SCMP_ACT_LOG", "SYSCALLS": []})")),
            std::vector{kMisspeltKey});
}

TEST(Parse, NumbersAreNeverRounded) {
  for (const char* number : {"1.0", "1e2", "-1", "18446744073709551616", "1E400"}) {
    EXPECT_EQ(Kinds(ParseRule(std::string(R"("action": "SCMP_ACT_ERRNO", "errnoRet": )") + number)),
              std::vector{kInexactNumber})
        << number;
  }
}

TEST(Parse, OfALongNumberTheBeginningIsTold) {
  const Parsed parsed =
      ParseRule(R"("action": "SCMP_ACT_ERRNO", "errnoRet": )" + std::string(100'000, '1'));
  ASSERT_EQ(Kinds(parsed), std::vector{kInexactNumber});
  EXPECT_TRUE(parsed.result.problems[0].message.starts_with(std::string(40, '1') + "... is"));
}

TEST(Parse, AMissingDefaultWithoutRulesMeansUnconfined) {
  EXPECT_NE(ParseText("{}").result.problems[0].message.find("UNCONFINED"), std::string::npos);
  const Parsed with_rules =
      ParseText(R"({"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})");
  EXPECT_EQ(Kinds(with_rules), std::vector{kMissingDefaultAction});
  EXPECT_EQ(with_rules.result.problems[0].message.find("UNCONFINED"), std::string::npos);
  EXPECT_EQ(Kinds(ParseText(R"({"defaultAction": "allow"})")), std::vector{kUnknownAction});
  const Parsed empty = ParseText(R"({"defaultAction": ""})");
  EXPECT_EQ(Kinds(empty), std::vector{kMissingDefaultAction});
  EXPECT_NE(empty.result.problems[0].message.find("UNCONFINED"), std::string::npos);
}

TEST(Parse, OnlyAnObjectIsAProfile) {
  const Parsed parsed = ParseText("[]");
  EXPECT_FALSE(parsed.result.profile);
  EXPECT_EQ(Kinds(parsed), std::vector{kNotAnObject});
}

TEST(Parse, AnIncompleteConditionNamesWhatIsMissing) {
  const Parsed parsed =
      ParseRule(R"("action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "valueTwo": 1}])");
  EXPECT_EQ(Kinds(parsed), (std::vector{kIncompleteArg, kIncompleteArg}));
  // What is given and wrong is not missing, too.
  EXPECT_EQ(
      Kinds(ParseRule(
          R"("action": "SCMP_ACT_ALLOW", "args": [{"index": "0", "value": 1, "op": "SCMP_CMP_EQ"}])")),
      std::vector{kWrongType});
}

}  // namespace
}  // namespace schema::profile
