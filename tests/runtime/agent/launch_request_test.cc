#include "runtime/agent/launch_request.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/agent/container_id.h"

namespace runtime::agent {
namespace {

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

schema::Result<LaunchRequest> Read(const std::string& text) {
  const auto body = Body::Read(text);
  if (!body) return schema::Error(body.error());
  return ReadLaunchRequest(*body, body->root());
}

std::string ErrorOf(const std::string& text) {
  const auto request = Read(text);
  EXPECT_FALSE(request) << text;
  return request ? "" : request.error().message;
}

std::string WithId(const std::string& id) {
  return R"({"container_id": {"value": ")" + id + R"("}, "command": {"value": "true"}})";
}

std::string WithMembers(const std::string& members) {
  return R"({"container_id": {"value": "a"}, "command": {"value": "true"}, )" + members + "}";
}

TEST(LaunchRequestTest, Everything) {
  const auto request = Read(R"({
    "container_id": {"value": "a", "parent": null},
    "command": {"shell": false, "value": "/bin/x", "arguments": ["x", "y"], "user": "nobody",
      "uris": [],
      "environment": {"variables": [{"name": "A", "value": "1", "type": "VALUE"}]}},
    "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}}],
    "limits": {"mem": {"value": 64}},
    "container": {"type": "MESOS", "mesos": {},
      "volumes": [{"container_path": "/", "host_path": "/root/fs", "mode": "RW"}],
      "linux_info": {
        "seccomp": {"profile_name": "p.json"}, "share_pid_namespace": true, "share_cgroups": false,
        "bounding_capabilities": {"capabilities": ["NET_RAW", "CAP_CHOWN"]},
        "capability_info": {"capabilities": ["CHOWN"]}}}})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->id, "a");
  EXPECT_FALSE(request->shell);
  EXPECT_EQ(request->value, "/bin/x");
  EXPECT_EQ(request->arguments, std::vector<std::string>({"x", "y"}));
  EXPECT_EQ(request->environment.at(0).second, "1");
  EXPECT_EQ(request->user, "nobody");
  EXPECT_EQ(request->rootfs, "/root/fs");
  EXPECT_TRUE(request->share_pid_namespace);
  EXPECT_EQ(request->share_cgroups, false);
  EXPECT_EQ(request->limits->cpu_millis, 2000U);
  EXPECT_EQ(request->limits->memory_bytes, 64U << 20);
  EXPECT_EQ(request->seccomp->profile_name, "p.json");
  EXPECT_EQ(ToString(*request->bounding), "CAP_CHOWN+CAP_NET_RAW");
  EXPECT_EQ(ToString(*request->effective), "CAP_CHOWN");
}

TEST(LaunchRequestTest, Ids) {
  EXPECT_TRUE(Read(WithId("A-b_9.c")));
  EXPECT_TRUE(Read(WithId(std::string(255, 'a'))));
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a b"),
        std::string("a\\u0000"), std::string("\xc3\xa4"), std::string(256, 'a')}) {
    EXPECT_HAS(ErrorOf(WithId(id)), "line 1, column 28: a container's id has") << id;
  }
}

TEST(LaunchRequestTest, NestedIds) {
  const auto nested = [](const std::string& id) {
    return R"({"container_id": )" + id + R"(, "command": {"value": "true"}})";
  };
  EXPECT_EQ(
      Read(nested(R"({"value": "c", "parent": {"value": "b", "parent": {"value": "a"}}})"))->id,
      "a/b/c");
  EXPECT_EQ(Read(nested(R"({"value": "c", "parent": null})"))->id, "c");
  EXPECT_HAS(ErrorOf(nested(R"({"value": "c", "parent": {}})")), "value is missing");
  EXPECT_HAS(ErrorOf(nested(R"({"value": "c", "parent": {"value": ".."}})")), "a container's id");
  EXPECT_HAS(ErrorOf(nested(R"({"value": "c", "parent": "a"})")), "parent is a string");
  const std::string half(127, 'a');
  const auto of_two = [&](const std::string& own) {
    return nested(R"({"value": ")" + own + R"(", "parent": {"value": ")" + half + "\"}}");
  };
  EXPECT_TRUE(Read(of_two(half)));
  EXPECT_HAS(ErrorOf(of_two(half + "bb")), "longer than 255");
}

TEST(ContainerIdTest, Parts) {
  EXPECT_EQ(ParentOf("a"), std::nullopt);
  EXPECT_EQ(ParentOf("a/b/c"), "a/b");
  EXPECT_EQ(OwnIdOf("a/b/c"), "c");
  EXPECT_EQ(OwnIdOf("a"), "a");
  EXPECT_TRUE(IsWithin("a/b/c", "a"));
  EXPECT_FALSE(IsWithin("a", "a"));
  EXPECT_FALSE(IsWithin("ab/c", "a"));
  EXPECT_EQ(FolderOf("a/b.c/d"), "a+b.c+d");
}

TEST(LaunchRequestTest, WhatIsNotSupportedIsNotDropped) {
  for (const char* const members : {
           R"("container": {"hostname": "h"})",
           R"("container": {"network_infos": [{}]})",
           R"("container": {"rlimit_info": {"rlimits": []}})",
           R"("container": {"tty_info": {"window_size": {}}})",
           R"("container": {"docker": {"image": "x"}})",
           R"("container": {"linux_info": {"ipc_mode": "PRIVATE"}})",
           R"("container": {"volumes": [{"container_path": "/", "image": {"type": "APPC"}}]})",
       }) {
    EXPECT_HAS(ErrorOf(WithMembers(members)), "not supported yet") << members;
  }
}

TEST(LaunchRequestTest, Mistakes) {
  EXPECT_HAS(ErrorOf(R"({"container_id": {"value": "a"}})"), "command is missing");
  EXPECT_HAS(ErrorOf(R"({"container_id": {"value": "a"}, "command": {}})"), "value is missing");
  EXPECT_HAS(ErrorOf(R"({"container_id": {"value": "a"}, "command": {"value": ""}})"), "empty");
  EXPECT_HAS(ErrorOf(R"({"container_id": {"value": "a"},
"command": {"value": "x", "shell": "no"}})"),
             "line 2, column 36: shell is a string, it must be a boolean");
  EXPECT_HAS(ErrorOf(WithMembers(R"("container": {"volumes": [
      {"container_path": "/", "host_path": "/a"}, {"container_path": "/", "host_path": "/b"}]})")),
             "twice");
  EXPECT_HAS(ErrorOf(WithMembers(R"("container": {"linux_info": {
      "capability_info": {}, "effective_capabilities": {}}})")),
             "old name");
}

}  // namespace
}  // namespace runtime::agent
