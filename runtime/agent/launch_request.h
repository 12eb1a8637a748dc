// What a LAUNCH_CONTAINER call asks for: Mesos' ContainerID, CommandInfo and ContainerInfo, as far
// as this agent acts on them. Source: include/mesos/v1/{agent/agent,mesos}.proto of Mesos 1.11.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/agent/body.h"
#include "runtime/isolator/isolator.h"
#include "runtime/launch/cgroup.h"
#include "schema/error.h"
#include "schema/json/document.h"
#include "schema/kernel/capability.h"

namespace runtime::agent {

// What a nested container takes over from the one that it is nested in, where it says nothing.
struct Inheritance {
  std::optional<std::string> profile_name;  // std::nullopt: that one is unconfined
  std::optional<std::string> user;
};

struct LaunchRequest {
  std::string id;  // see container_id.h
  Inheritance inherited;

  bool shell = true;  // `value` is for /bin/sh -c, else the program
  std::string value;
  std::vector<std::string> arguments;  // argv with argv[0]; where there is no shell
  std::vector<std::pair<std::string, std::string>> environment;
  std::optional<std::string> user;

  std::optional<isolator::Request> seccomp;
  std::optional<schema::kernel::CapabilitySet> bounding;
  std::optional<schema::kernel::CapabilitySet> effective;
  bool share_pid_namespace = false;
  std::optional<bool> share_cgroups;
  std::optional<launch::CgroupLimits> limits;  // std::nullopt: it does not ask for any
  std::string rootfs;                          // the host's path of the volume "/"; empty: none
};

// `call` is the member launch_container. Fields that we do not know are ignored, as Mesos does, but
// not those of `seccomp`, where a misspelt one would change what the container may do, nor those
// of Mesos that would be silently without effect.
// Errors: kInvalid, with the position; kUnsupported likewise.
schema::Result<LaunchRequest> ReadLaunchRequest(const Body& body, const schema::json::Value& call);

}  // namespace runtime::agent
