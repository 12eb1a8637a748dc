// What a LAUNCH_CONTAINER call asks for: Mesos' ContainerID, CommandInfo and ContainerInfo, as far
// as this agent acts on them. Source: include/mesos/v1/{agent/agent,mesos}.proto of Mesos 1.11.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/agent/body.h"
#include "runtime/isolator/isolator.h"
#include "schema/error.h"
#include "schema/json/document.h"
#include "schema/kernel/capability.h"

namespace runtime::agent {

struct LaunchRequest {
  std::string id;

  bool shell = true;  // `value` is for /bin/sh -c, else the program
  std::string value;
  std::vector<std::string> arguments;  // argv with argv[0]; where there is no shell
  std::vector<std::pair<std::string, std::string>> environment;
  std::optional<std::string> user;

  std::optional<isolator::Request> seccomp;
  std::optional<schema::kernel::CapabilitySet> bounding;
  std::optional<schema::kernel::CapabilitySet> effective;
  bool share_pid_namespace = false;
  std::string rootfs;  // the host's path of the volume "/"; empty: none
};

// `call` is the member launch_container. Fields that we do not know are ignored, as Mesos does, but
// not those of `seccomp`, where a misspelt one would change what the container may do, nor those
// of Mesos that would be silently without effect.
// Errors: kInvalid, with the position; kUnsupported likewise.
schema::Result<LaunchRequest> ReadLaunchRequest(const Body& body, const schema::json::Value& call);

// The id in the member container_id of `call`: 1 to 255 of [A-Za-z0-9._-], neither "." nor "..",
// for it becomes a folder's name. Errors: kInvalid; kUnsupported, a nested container.
schema::Result<std::string> ReadContainerId(const Body& body, const schema::json::Value& call);

}  // namespace runtime::agent
