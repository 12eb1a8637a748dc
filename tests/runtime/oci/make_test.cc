// What the runtime gets, of profiles and of what engines write. With the runc and crun of this
// machine, of which files and version are looked at; nothing is started under them.

#include "runtime/oci/make.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "runtime/oci/source.h"
#include "schema/json/reader.h"

namespace runtime::oci {
namespace {

using schema::kernel::CapabilitySet;

Configuration For(RuntimeKind kind) {
  Configuration configuration;
  configuration.kind = kind;
  configuration.runtime = kind == RuntimeKind::kCrun ? "/usr/bin/crun" : "/usr/sbin/runc";
  configuration.cache.clear();
  return configuration;
}

class MakeTest : public testing::TestWithParam<RuntimeKind> {
 protected:
  void SetUp() override {
    configuration_ = For(GetParam());
    if (access(configuration_.runtime.c_str(), X_OK) != 0) {
      GTEST_SKIP() << configuration_.runtime << " is not installed";
    }
  }
  schema::Result<Made> Of(const std::string& text) {
    return MakeFor({"p.json", text, {}}, {}, CapabilitySet::Docker(), configuration_);
  }
  std::string ErrorOf(const std::string& text) {
    const auto made = Of(text);
    return made ? "" : made.error().message;
  }

  Configuration configuration_;
};
INSTANTIATE_TEST_SUITE_P(Kinds, MakeTest, testing::Values(RuntimeKind::kCrun, RuntimeKind::kRunc));

constexpr const char* kStart = R"({ "names": ["execve", "exit_group", "read", "write"],
    "action": "SCMP_ACT_ALLOW" })";

std::string With(const std::string& rule) {
  return std::string(R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [)") + kStart +
         (rule.empty() ? "" : "," + rule) + "] }";
}

// The profile is resolved for the bounding set.
TEST_P(MakeTest, Resolves) {
  const auto made = Of(With(R"({ "names": ["chroot"], "action": "SCMP_ACT_ALLOW",
      "includes": { "caps": ["CAP_SYS_CHROOT"] } },
    { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } })"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_NE(made->seccomp.find(R"("flags":[],"syscalls":)"), std::string::npos);
  EXPECT_NE(made->seccomp.find(R"({"names":["chroot"],"action":"SCMP_ACT_ALLOW"})"),
            std::string::npos);
  EXPECT_EQ(made->seccomp.find("mount"), std::string::npos);
  EXPECT_EQ(made->seccomp.find("includes"), std::string::npos);
  EXPECT_EQ(made->program.empty(), GetParam() == RuntimeKind::kRunc);
  // What is written is read again as the same.
  const auto again = Of(made->seccomp);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *made);
}

TEST_P(MakeTest, WhatTheEngineResolvedStays) {
  const std::string text = With("");
  const auto made = MakeFor({"config.json", text, schema::Span{0, text.size()}}, text,
                            CapabilitySet::Docker(), configuration_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->seccomp, "");
}

// No runtime reads includes: the engine did not resolve it.
TEST_P(MakeTest, WhatNobodyResolvedIsResolved) {
  const std::string text = With(R"({ "names": ["mount"], "action": "SCMP_ACT_ALLOW",
    "includes": { "caps": ["CAP_SYS_ADMIN"] } })");
  const auto made = MakeFor({"config.json", text, schema::Span{0, text.size()}}, text,
                            CapabilitySet::Docker(), configuration_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_NE(made->seccomp, "");
  EXPECT_EQ(made->seccomp.find("mount"), std::string::npos);
}

TEST_P(MakeTest, FindingsHaveTheirPlaceInTheWholeFile) {
  const std::string text = R"({"defaultAction":"SCMP_ACT_DENY"})";
  const std::string whole = "{ \"linux\": {\n  \"seccomp\": " + text + "}}";
  const auto at = whole.find(text);
  const auto made = MakeFor({"b/config.json", text, schema::Span{at, at + text.size()}}, whole, {},
                            configuration_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("b/config.json:2:31: error: \"SCMP_ACT_DENY\" is no action"),
            std::string::npos)
      << made.error().message;
  EXPECT_NE(made.error().message.find("    2 |   \"seccomp\": {\"defaultAction\""),
            std::string::npos)
      << made.error().message;
}

TEST_P(MakeTest, Refuses) {
  EXPECT_NE(ErrorOf("{").find("SL001"), std::string::npos);
  EXPECT_NE(ErrorOf(With(R"({ "names": ["mxap"], "action": "SCMP_ACT_ALLOW" })")).find("SL301"),
            std::string::npos);
  EXPECT_NE(ErrorOf(With(R"({ "names": ["read"], "action": "SCMP_ACT_KILL" })")).find("SL503"),
            std::string::npos);
}

// libseccomp 2.5.4 gets this wrong: with masks it gets it right. A program does not need that.
TEST_P(MakeTest, RangesBeyond32Bits) {
  const auto made = Of(With(R"({ "names": ["lseek"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 4096, "op": "SCMP_CMP_LT" }] },
    { "names": ["lseek"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 4294967296, "op": "SCMP_CMP_GT" }] })"));
  ASSERT_TRUE(made) << made.error().message;
  const bool as_masks = made->seccomp.find("SCMP_CMP_MASKED_EQ") != std::string::npos;
  EXPECT_EQ(as_masks, GetParam() == RuntimeKind::kRunc);
}

// Two ranges of two arguments: more masks than a filter holds.
TEST_P(MakeTest, WhatLibseccompCannotDo) {
  const std::string error = ErrorOf(With(R"({ "names": ["lseek"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 1085102592571150095, "op": "SCMP_CMP_LT" },
               { "index": 2, "value": 1085102592571150095, "op": "SCMP_CMP_GT" }] },
    { "names": ["lseek"], "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 1, "value": 305419896, "op": "SCMP_CMP_GT" },
               { "index": 2, "value": 1311768467463790320, "op": "SCMP_CMP_LE" }] })"));
  if (GetParam() == RuntimeKind::kCrun) {
    EXPECT_EQ(error, "");
  } else {
    EXPECT_NE(error.find("libseccomp"), std::string::npos) << error;
    EXPECT_NE(error.find("crun takes the proved filter itself"), std::string::npos) << error;
  }
}

// A program is made by the numbers of our tables; rules by the names of libseccomp's.
TEST_P(MakeTest, NewerCalls) {
  const auto allowed = Of(With(R"({ "names": ["listmount"], "action": "SCMP_ACT_ALLOW" })"));
  EXPECT_TRUE(allowed) << allowed.error().message;
  const std::string denied =
      ErrorOf(std::string(R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    { "names": ["listmount"], "action": "SCMP_ACT_ERRNO" }] })"));
  EXPECT_EQ(denied.empty(), GetParam() == RuntimeKind::kCrun) << denied;
}

TEST(Make, RuntimesThatCannotBeHeldToAFilter) {
  Configuration configuration = For(RuntimeKind::kCrun);
  configuration.runtime = "/bin/true";
  auto made = MakeFor({"p", With(""), {}}, {}, {}, configuration);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("does not know the annotation"), std::string::npos);
  configuration.kind = RuntimeKind::kRunc;
  made = MakeFor({"p", With(""), {}}, {}, {}, configuration);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("names no libseccomp"), std::string::npos);
  configuration.runtime = "/nonexistent";
  EXPECT_FALSE(MakeFor({"p", With(""), {}}, {}, {}, configuration));
}

Bundle BundleOf(const std::string& text) {
  auto bundle = Bundle::Parse("config.json", text);
  if (!bundle) throw std::runtime_error(bundle.error().message);
  return std::move(*bundle);
}

TEST(Source, Order) {
  Configuration configuration = For(RuntimeKind::kCrun);
  const Bundle bare = BundleOf("{}");
  const Bundle engines = BundleOf(R"({"linux":{"seccomp":{"a":1}}})");
  const Bundle annotated = BundleOf(
      R"({"annotations":{"io.seccomp-lint.profile":"strict.json"},"linux":{"seccomp":{"a":1}}})");

  auto source = ChooseSource(engines, configuration);
  ASSERT_TRUE(source && *source);
  EXPECT_EQ((*source)->text, R"({"a":1})");
  EXPECT_TRUE((*source)->in_bundle);
  source = ChooseSource(bare, configuration);
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message.find("asks for no filter"), std::string::npos);
  source = ChooseSource(annotated, configuration);
  ASSERT_FALSE(source);
  EXPECT_NE(source.error().message.find("no directory of profiles"), std::string::npos);

  configuration.unconfined = Unconfined::kAllow;
  source = ChooseSource(bare, configuration);
  ASSERT_TRUE(source);
  EXPECT_FALSE(*source);

  configuration.profiles = "profiles";
  configuration.default_profile = "default.json";
  EXPECT_EQ((*ChooseSource(annotated, configuration))->name, "profiles/strict.json");
  EXPECT_EQ((*ChooseSource(engines, configuration))->name, "profiles/default.json");
  EXPECT_FALSE(*ChooseSource(bare, configuration));
  configuration.unconfined = Unconfined::kDefault;
  EXPECT_EQ((*ChooseSource(bare, configuration))->name, "profiles/default.json");

  configuration.allow_annotation = false;
  source = ChooseSource(annotated, configuration);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message,
            "config.json:1:43: io.seccomp-lint.profile: containers may not choose their profile "
            "here (allow_annotation)");
  configuration.allow_annotation = true;
  source = ChooseSource(BundleOf(R"({"annotations":{"io.seccomp-lint.profile":"../README.md"}})"),
                        configuration);
  EXPECT_FALSE(source);
}

}  // namespace
}  // namespace runtime::oci
