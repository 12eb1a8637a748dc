#include "runtime/agent/launch_request.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/agent/container_id.h"
#include "runtime/agent/limits.h"
#include "schema/kernel/suggestion.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;
using schema::kernel::CapabilitySet;

Error Unsupported(Error error) {
  error.code = ErrorCode::kUnsupported;
  return error;
}

// Fields of Mesos that change what a container is or may do, and that this agent does not act on:
// refused, not dropped. An isolator of Mesos' that was not in --isolation would drop some of them.
constexpr std::array<std::string_view, 1> kUnsupportedInCommand = {"uris"};
constexpr std::array<std::string_view, 6> kUnsupportedInContainer = {
    "docker", "hostname", "mesos", "network_infos", "rlimit_info", "tty_info"};
constexpr std::array<std::string_view, 2> kUnsupportedInLinuxInfo = {"ipc_mode", "shm_size"};
constexpr std::array<std::string_view, 2> kUnsupportedInVolume = {"image", "source"};
constexpr std::array<std::string_view, 2> kKnownInSeccomp = {"profile_name", "unconfined"};

// An empty list or object asks for nothing: protobuf writes some that were never set.
bool IsEmpty(const Value& value) {
  return value.kind == Kind::kNull || (value.kind == Kind::kArray && value.items.empty()) ||
         (value.kind == Kind::kObject && value.members.empty());
}

class Reader {
 public:
  explicit Reader(const Body& body) : body_(body) {}

  Status Command(const Value& call, LaunchRequest& request) const;
  Status Container(const Value& call, LaunchRequest& request) const;

 private:
  Status String(const Value& object, std::string_view name, std::string& to) const;
  Status Boolean(const Value& object, std::string_view name, bool& to) const;
  Status RefuseFields(const Value& object, std::span<const std::string_view> names) const;
  Status Environment(const Value& command, LaunchRequest& request) const;
  Status LinuxInfo(const Value& container, LaunchRequest& request) const;
  Status Seccomp(const Value& linux_info, LaunchRequest& request) const;
  Status Capabilities(const Value& linux_info, std::string_view name,
                      std::optional<CapabilitySet>& to) const;
  Status Volumes(const Value& container, LaunchRequest& request) const;
  Status Volume(const Value& volume, LaunchRequest& request) const;

  const Body& body_;
};

Status Reader::String(const Value& object, std::string_view name, std::string& to) const {
  const auto found = body_.Find(object, name, Kind::kString);
  if (!found) return Error(found.error());
  if (*found != nullptr) to = (*found)->text;
  return {};
}

Status Reader::Boolean(const Value& object, std::string_view name, bool& to) const {
  const auto found = body_.Find(object, name, Kind::kBoolean);
  if (!found) return Error(found.error());
  if (*found != nullptr) to = (*found)->boolean;
  return {};
}

Status Reader::RefuseFields(const Value& object, std::span<const std::string_view> names) const {
  for (const Member& member : object.members) {
    if (IsEmpty(member.value) || std::ranges::count(names, member.key.value) == 0) continue;
    return Unsupported(body_.Complain(member.key.span, member.key.value + " is not supported yet"));
  }
  return {};
}

Status Reader::Command(const Value& call, LaunchRequest& request) const {
  const auto command = body_.Require(call, "command", Kind::kObject);
  if (!command) return Error(command.error());
  const Value& object = **command;
  if (Status status = RefuseFields(object, kUnsupportedInCommand); !status) return status;
  if (Status status = Boolean(object, "shell", request.shell); !status) return status;
  const auto value = body_.Require(object, "value", Kind::kString);
  if (!value) return Error(value.error());
  request.value = (*value)->text;
  if (request.value.empty()) return body_.Complain((*value)->span, "the command is empty");
  const auto arguments = body_.Find(object, "arguments", Kind::kArray);
  if (!arguments) return Error(arguments.error());
  if (*arguments != nullptr) {
    for (const Value& item : (*arguments)->items) {
      if (item.kind != Kind::kString) return body_.Complain(item.span, "an argument is a string");
      request.arguments.push_back(item.text);
    }
  }
  const auto user = body_.Find(object, "user", Kind::kString);
  if (!user) return Error(user.error());
  if (*user != nullptr) request.user = (*user)->text;
  return Environment(object, request);
}

Status Reader::Environment(const Value& command, LaunchRequest& request) const {
  const auto environment = body_.Find(command, "environment", Kind::kObject);
  if (!environment) return Error(environment.error());
  if (*environment == nullptr) return {};
  const auto variables = body_.Find(**environment, "variables", Kind::kArray);
  if (!variables) return Error(variables.error());
  if (*variables == nullptr) return {};
  for (const Value& variable : (*variables)->items) {
    if (variable.kind != Kind::kObject) {
      return body_.Complain(variable.span, "a variable is an object with name and value");
    }
    std::string type = "VALUE";
    if (Status status = String(variable, "type", type); !status) return status;
    if (type != "VALUE") {
      return Unsupported(body_.Complain(
          variable.span, "variables of type " + Echo(type) + " are not supported yet"));
    }
    const auto name = body_.Require(variable, "name", Kind::kString);
    if (!name) return Error(name.error());
    const auto value = body_.Require(variable, "value", Kind::kString);
    if (!value) return Error(value.error());
    if ((*name)->text.empty() || (*name)->text.find('=') != std::string::npos) {
      return body_.Complain((*name)->span, "this is no name of a variable");
    }
    request.environment.emplace_back((*name)->text, (*value)->text);
  }
  return {};
}

Status Reader::Container(const Value& call, LaunchRequest& request) const {
  const auto container = body_.Find(call, "container", Kind::kObject);
  if (!container) return Error(container.error());
  if (*container == nullptr) return {};
  const Value& object = **container;
  const auto type = body_.Find(object, "type", Kind::kString);
  if (!type) return Error(type.error());
  if (*type != nullptr && (*type)->text != "MESOS") {
    return Unsupported(body_.Complain(
        (*type)->span, "container type " + Echo((*type)->text) + "; supported: MESOS"));
  }
  if (Status status = RefuseFields(object, kUnsupportedInContainer); !status) return status;
  if (Status status = Volumes(object, request); !status) return status;
  return LinuxInfo(object, request);
}

Status Reader::Volumes(const Value& container, LaunchRequest& request) const {
  const auto volumes = body_.Find(container, "volumes", Kind::kArray);
  if (!volumes) return Error(volumes.error());
  if (*volumes == nullptr) return {};
  for (const Value& volume : (*volumes)->items) {
    if (volume.kind != Kind::kObject) return body_.Complain(volume.span, "a volume is an object");
    if (Status status = Volume(volume, request); !status) return status;
  }
  return {};
}

Status Reader::Volume(const Value& volume, LaunchRequest& request) const {
  if (Status status = RefuseFields(volume, kUnsupportedInVolume); !status) return status;
  const auto container_path = body_.Require(volume, "container_path", Kind::kString);
  if (!container_path) return Error(container_path.error());
  if ((*container_path)->text != "/") {
    return Unsupported(body_.Complain((*container_path)->span,
                                      "volumes but the root, container_path \"/\", are not "
                                      "supported yet"));
  }
  std::string mode = "RW";
  if (Status status = String(volume, "mode", mode); !status) return status;
  if (mode != "RW") {
    return Unsupported(
        body_.Complain(volume.span, "a root of mode " + Echo(mode) + "; supported: RW"));
  }
  const auto host_path = body_.Require(volume, "host_path", Kind::kString);
  if (!host_path) return Error(host_path.error());
  if (!(*host_path)->text.starts_with('/')) {
    return body_.Complain((*host_path)->span, "host_path must be an absolute path");
  }
  if (!request.rootfs.empty()) return body_.Complain(volume.span, "the root is given twice");
  request.rootfs = (*host_path)->text;
  return {};
}

Status Reader::LinuxInfo(const Value& container, LaunchRequest& request) const {
  const auto linux_info = body_.Find(container, "linux_info", Kind::kObject);
  if (!linux_info) return Error(linux_info.error());
  if (*linux_info == nullptr) return {};
  const Value& object = **linux_info;
  if (Status status = RefuseFields(object, kUnsupportedInLinuxInfo); !status) return status;
  if (Status status = Boolean(object, "share_pid_namespace", request.share_pid_namespace);
      !status) {
    return status;
  }
  const auto share_cgroups = body_.Find(object, "share_cgroups", Kind::kBoolean);
  if (!share_cgroups) return Error(share_cgroups.error());
  if (*share_cgroups != nullptr) request.share_cgroups = (*share_cgroups)->boolean;
  std::optional<CapabilitySet> old_effective;  // under the name of Mesos before 1.4
  const std::array<std::pair<std::string_view, std::optional<CapabilitySet>*>, 3> sets = {{
      {"capability_info", &old_effective},
      {"effective_capabilities", &request.effective},
      {"bounding_capabilities", &request.bounding},
  }};
  for (const auto& [name, to] : sets) {
    if (Status status = Capabilities(object, name, *to); !status) return status;
  }
  if (old_effective && request.effective) {
    return body_.Complain(object.span,
                          "capability_info is the old name of effective_capabilities: give one");
  }
  if (old_effective) request.effective = old_effective;
  return Seccomp(object, request);
}

Status Reader::Capabilities(const Value& linux_info, std::string_view name,
                            std::optional<CapabilitySet>& to) const {
  const auto info = body_.Find(linux_info, name, Kind::kObject);
  if (!info) return Error(info.error());
  if (*info == nullptr) return {};
  CapabilitySet set;
  const auto list = body_.Find(**info, "capabilities", Kind::kArray);
  if (!list) return Error(list.error());
  if (*list != nullptr) {
    for (const Value& item : (*list)->items) {
      if (item.kind != Kind::kString) return body_.Complain(item.span, "a capability is a string");
      // Mesos' names have no prefix.
      const std::string full = item.text.starts_with("CAP_") ? item.text : "CAP_" + item.text;
      const auto capability = schema::kernel::ParseCapability(full);
      if (!capability) {
        return body_.Complain(
            item.span, "unknown capability \"" + Echo(item.text) + "\"" +
                           schema::kernel::DidYouMean(full, schema::kernel::CapabilityNames()));
      }
      set.Add(*capability);
    }
  }
  to = set;  // an empty one drops all capabilities
  return {};
}

Status Reader::Seccomp(const Value& linux_info, LaunchRequest& request) const {
  const auto found = std::ranges::find_if(
      linux_info.members, [](const Member& member) { return member.key.value == "seccomp"; });
  if (found == linux_info.members.end()) return {};
  // Stricter than elsewhere: no null, no unknown field.
  if (found->value.kind != Kind::kObject) {
    return body_.Complain(found->value.span, "seccomp must be an object");
  }
  isolator::Request seccomp;
  for (const Member& member : found->value.members) {
    if (member.key.value == "profile_name" && member.value.kind == Kind::kString) {
      seccomp.profile_name = member.value.text;
    } else if (member.key.value == "unconfined" && member.value.kind == Kind::kBoolean) {
      seccomp.unconfined = member.value.boolean;
    } else if (std::ranges::count(kKnownInSeccomp, member.key.value) == 0) {
      return body_.Complain(member.key.span,
                            "unknown field \"" + Echo(member.key.value) + "\" of seccomp" +
                                schema::kernel::DidYouMean(member.key.value, kKnownInSeccomp) +
                                "; known: profile_name, unconfined");
    } else {
      return body_.Complain(member.value.span,
                            member.key.value + " is " + std::string(KindName(member.value.kind)) +
                                ": profile_name is a string, unconfined a boolean");
    }
  }
  request.seccomp = std::move(seccomp);
  return {};
}

// Refuses a field that is unknown and near one of `known`, or to be looked for elsewhere: a
// misspelt "seccomp" must not run a container under another profile. Other unknown fields are
// ignored, as by Mesos.
Status RefuseMisspelt(const Body& body, const Value& object, std::string_view what,
                      std::span<const std::string_view> known) {
  // Where these belong.
  constexpr std::pair<std::string_view, std::string_view> kElsewhere[] = {
      {"seccomp", ": it belongs into container.linux_info"},
      {"linux_info", ": it belongs into container"},
      {"user", ": it belongs into command"}};
  for (const Member& member : object.members) {
    const std::string& key = member.key.value;
    if (std::ranges::find(known, key) != known.end()) continue;
    std::string suggestion = schema::kernel::DidYouMean(key, known);
    for (const auto& [name, place] : kElsewhere) {
      if (key == name) suggestion = place;
    }
    if (suggestion.empty()) continue;
    return body.Complain(member.key.span,
                         ("unknown field \"" + key + "\" of ").append(what).append(suggestion));
  }
  return {};
}

// The members of each message that this agent reads, or that Mesos has beside them. Source:
// mesos/v1/agent/agent.proto and mesos.proto.
constexpr std::string_view kInLaunch[] = {"container_id", "command", "container", "resources",
                                          "limits"};
constexpr std::string_view kInContainerId[] = {"value", "parent"};
constexpr std::string_view kInCommand[] = {"uris",  "environment", "shell",
                                           "value", "arguments",   "user"};
constexpr std::string_view kInContainer[] = {"type",       "volumes",     "hostname",
                                             "docker",     "mesos",       "network_infos",
                                             "linux_info", "rlimit_info", "tty_info"};
constexpr std::string_view kInLinuxInfo[] = {"capability_info",
                                             "bounding_capabilities",
                                             "effective_capabilities",
                                             "share_pid_namespace",
                                             "seccomp",
                                             "ipc_mode",
                                             "shm_size",
                                             "cgroup_path",
                                             "share_cgroups"};

struct Known {
  std::string_view message;
  std::span<const std::string_view> fields;
};

Status RefuseMisspeltFields(const Body& body, const Value& call) {
  if (Status status = RefuseMisspelt(body, call, "launch_container", kInLaunch); !status) {
    return status;
  }
  for (const auto& [name, known] :
       {Known{"container_id", kInContainerId}, Known{"command", kInCommand}}) {
    const auto object = body.Find(call, name, Kind::kObject);
    if (!object) return Error(object.error());
    if (*object == nullptr) continue;
    if (Status status = RefuseMisspelt(body, **object, name, known); !status) return status;
  }
  const auto container = body.Find(call, "container", Kind::kObject);
  if (!container) return Error(container.error());
  if (*container == nullptr) return {};
  if (Status status = RefuseMisspelt(body, **container, "container", kInContainer); !status) {
    return status;
  }
  const auto linux_info = body.Find(**container, "linux_info", Kind::kObject);
  if (!linux_info) return Error(linux_info.error());
  if (*linux_info == nullptr) return {};
  return RefuseMisspelt(body, **linux_info, "linux_info", kInLinuxInfo);
}

}  // namespace

Result<LaunchRequest> ReadLaunchRequest(const Body& body, const Value& call) {
  LaunchRequest request;
  auto id = ReadContainerId(body, call);
  if (!id) return std::move(id).error();
  request.id = std::move(*id);
  if (Status status = RefuseMisspeltFields(body, call); !status) return std::move(status).error();
  const Reader reader(body);
  if (Status status = reader.Command(call, request); !status) return std::move(status).error();
  if (Status status = reader.Container(call, request); !status) return std::move(status).error();
  auto limits = ReadLimits(body, call);
  if (!limits) return std::move(limits).error();
  request.limits = *limits;
  return request;
}

}  // namespace runtime::agent
