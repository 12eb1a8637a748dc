#include "runtime/agent/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace runtime::agent {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

schema::Result<std::optional<launch::CgroupLimits>> Read(const std::string& text) {
  const auto body = Body::Read(text);
  if (!body) return schema::Error(body.error());
  return ReadLimits(*body, body->root());
}

std::string ErrorOf(const std::string& text) {
  const auto limits = Read(text);
  EXPECT_FALSE(limits) << text;
  return limits ? "" : limits.error().message;
}

std::string Resource(const std::string& name, const std::string& value) {
  return R"({"name": ")" + name + R"(", "type": "SCALAR", "scalar": {"value": )" + value + "}}";
}

TEST(LimitsTest, NoneAreAskedFor) {
  for (const char* text :
       {"{}", R"({"resources": [], "limits": {}})", R"({"resources": null, "limits": null})"}) {
    const auto limits = Read(text);
    ASSERT_TRUE(limits) << text;
    EXPECT_FALSE(*limits) << text;
  }
}

TEST(LimitsTest, ResourcesOfOneNameAreAddedUp) {
  const auto limits = Read(R"({"resources": [)" + Resource("cpus", "0.5") + "," +
                           Resource("mem", "64") + "," + Resource("cpus", "1e-1") + "]}");
  ASSERT_TRUE(limits && *limits);
  EXPECT_EQ((*limits)->cpu_millis, 600U);
  EXPECT_EQ((*limits)->memory_bytes, 64U << 20);
  EXPECT_FALSE((*limits)->processes);
}

TEST(LimitsTest, ALimitTakesThePlaceOfAResource) {
  const std::string resources =
      R"("resources": [)" + Resource("cpus", "1") + "," + Resource("mem", "64") + "]";
  const auto limits = Read(
      "{" + resources + R"(, "limits": {"cpus": {"value": 2.5}, "mem": {"value": "Infinity"}}})");
  ASSERT_TRUE(limits && *limits);
  EXPECT_EQ((*limits)->cpu_millis, 2500U);
  EXPECT_FALSE((*limits)->memory_bytes);
  EXPECT_EQ((*Read(R"({"limits": {"mem": {"value": "1.5"}}})"))->memory_bytes, 3U << 19);
}

TEST(LimitsTest, OtherNamesAreRefused) {
  for (const std::string name : {"disk", "gpus", "ports", "pids", "cpu"}) {
    EXPECT_HAS(ErrorOf(R"({"resources": [)" + Resource(name, "1") + "]}"),
               "\"" + name + "\" cannot be limited by this agent; it takes cpus and mem");
    EXPECT_HAS(ErrorOf(R"({"limits": {")" + name + R"(": {"value": 1}}})"), "line 1, column 13: ");
  }
  EXPECT_EQ(Read(R"({"limits": {"disk": {"value": 1}}})").error().code,
            schema::ErrorCode::kUnsupported);
}

TEST(LimitsTest, Mistakes) {
  for (const char* value : {"0", "-1", "0.009", "1e300", "1000001"}) {
    EXPECT_HAS(ErrorOf(R"({"limits": {"cpus": {"value": )" + std::string(value) + "}}}"), "line 1");
  }
  for (const char* value : {"0.5", "-64", "1e13"}) {
    EXPECT_HAS(ErrorOf(R"({"limits": {"mem": {"value": )" + std::string(value) + "}}}"), "line 1");
  }
  for (const char* value : {"\"NaN\"", "\"-Infinity\"", "\"\"", "\"1 \"", "true", "null", "[1]",
                            "\"inf\"", "\"0x10\""}) {
    EXPECT_HAS(ErrorOf(R"({"limits": {"mem": {"value": )" + std::string(value) + "}}}"), "line 1");
  }
  EXPECT_HAS(ErrorOf(R"({"limits": {"mem": {}}})"), "value is missing");
  EXPECT_HAS(ErrorOf(R"({"limits": {"mem": 64}})"), "an object with value");
  EXPECT_HAS(ErrorOf(R"({"limits": []})"), "limits is an array");
  EXPECT_HAS(ErrorOf(R"({"resources": {}})"), "resources is an object");
  EXPECT_HAS(ErrorOf(R"({"resources": ["cpus"]})"), "name, type and scalar");
  EXPECT_HAS(ErrorOf(R"({"resources": [{"name": "cpus"}]})"), "scalar is missing");
  EXPECT_HAS(ErrorOf(R"({"resources": [{"name": "cpus", "type": "RANGES"}]})"), "is SCALAR");
  EXPECT_HAS(ErrorOf(R"({"resources": [)" + Resource("cpus", "\"Infinity\"") + "]}"), "negative");
  EXPECT_HAS(ErrorOf(R"({"resources": [)" + Resource("cpus", "-1") + "]}"), "negative");
}

}  // namespace
}  // namespace runtime::agent
