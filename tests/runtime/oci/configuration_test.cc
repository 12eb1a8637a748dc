#include "runtime/oci/configuration.h"

#include <gtest/gtest.h>

#include <string>

namespace runtime::oci {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto read = ParseConfiguration("oci.json", text);
  return read.status ? "" : read.status.error().message;
}

TEST(Configuration, Defaults) {
  const auto read = ParseConfiguration("oci.json", "{}");
  ASSERT_TRUE(read.status);
  EXPECT_FALSE(read.configuration.runtime.empty());
  EXPECT_EQ(read.configuration.unconfined, Unconfined::kRefuse);
  EXPECT_TRUE(read.configuration.allow_annotation);
  EXPECT_EQ(read.configuration.cache, "/run/seccomp-oci");
}

TEST(Configuration, All) {
  const auto read = ParseConfiguration("oci.json", R"({
    "runtime": "/opt/bin/my-crun",  // by its name
    "profiles": "/etc/profiles", "default_profile": "web/default.json", /* a folder */
    "allow_annotation": false, "enosys_horizon": false, "cache": "" })");
  ASSERT_TRUE(read.status) << read.status.error().message;
  const Configuration& configuration = read.configuration;
  EXPECT_EQ(configuration.runtime, "/opt/bin/my-crun");
  EXPECT_EQ(configuration.kind, RuntimeKind::kCrun);
  EXPECT_EQ(configuration.default_profile, "web/default.json");
  EXPECT_EQ(configuration.unconfined, Unconfined::kDefault);
  EXPECT_FALSE(configuration.allow_annotation);
  EXPECT_FALSE(configuration.enosys_horizon);
  EXPECT_EQ(configuration.cache, "");
  const auto other = ParseConfiguration(
      "oci.json", R"({ "runtime": "/bin/crun", "runtime_kind": "runc", "unconfined": "allow" })");
  EXPECT_EQ(other.configuration.kind, RuntimeKind::kRunc);
  EXPECT_EQ(other.configuration.unconfined, Unconfined::kAllow);
}

TEST(Configuration, Errors) {
  EXPECT_EQ(ErrorOf("[]"), "oci.json:1:1: expected an object, not an array");
  EXPECT_EQ(ErrorOf("{\n  \"runtimes\": 1 }"),
            "oci.json:2:3: \"runtimes\" is no key of this file, did you mean \"runtime\"?");
  EXPECT_EQ(ErrorOf(R"({"runtime": "crun"})"),
            "oci.json:1:13: give an absolute path: engines start runtimes anywhere");
  EXPECT_EQ(ErrorOf(R"({"allow_annotation": "no"})"),
            "oci.json:1:22: expected true or false, not a string");
  EXPECT_EQ(ErrorOf(R"({"unconfined": "yes"})"),
            "oci.json:1:16: expected one of \"allow\", \"refuse\", \"default\"");
  EXPECT_EQ(ErrorOf(R"({"default_profile": "a.json"})"),
            "oci.json:1:21: the key \"profiles\" is missing: where the profile lies");
  EXPECT_EQ(ErrorOf(R"({"unconfined": "default"})"),
            "oci.json:1:16: there is no \"default_profile\"");
  EXPECT_NE(ErrorOf(R"({"cache": "", "cache": ""})"), "");
  EXPECT_NE(ErrorOf("{"), "");
  EXPECT_NE(ErrorOf("{} /*"), "");
}

// Containers that run already can be deleted by it.
TEST(Configuration, AWrongOneStillNamesTheRuntime) {
  const auto read = ParseConfiguration("oci.json", R"({"unconfind": 1, "runtime": "/x/runc"})");
  EXPECT_FALSE(read.status);
  EXPECT_EQ(read.configuration.runtime, "/x/runc");
  const auto broken =
      ParseConfiguration("oci.json", "{\n  \"runtime\" : \"/y/runc\"\n  \"cache\": \"\"\n}");
  EXPECT_FALSE(broken.status);
  EXPECT_EQ(broken.configuration.runtime, "/y/runc");
  EXPECT_EQ(broken.configuration.kind, RuntimeKind::kRunc);
}

TEST(Configuration, OnlyTheUsualFileMayBeMissing) {
  const auto read = LoadConfiguration("/nonexistent/oci.json");
  ASSERT_FALSE(read.status);
  EXPECT_EQ(read.status.error().code, schema::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace runtime::oci
