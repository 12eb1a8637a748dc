#include "runtime/agent/messages.h"

#include <sys/wait.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "runtime/agent/container_id.h"
#include "runtime/launch/wait.h"

namespace runtime::agent {
namespace {

namespace json = boost::json;

std::string Message(std::string_view type, std::string_view member, json::object content) {
  json::object message;
  message["type"] = type;
  message[member] = std::move(content);
  return json::serialize(message);
}

json::object IdObject(std::string_view id) {
  json::object object({{"value", OwnIdOf(id)}});
  if (const auto parent = ParentOf(id)) object["parent"] = IdObject(*parent);
  return object;
}

std::string_view State(const Termination& termination) {
  if (termination.was_killed) return "TASK_KILLED";
  if (!termination.status) return "TASK_FAILED";
  return WIFEXITED(*termination.status) && WEXITSTATUS(*termination.status) == 0 ? "TASK_FINISHED"
                                                                                 : "TASK_FAILED";
}

}  // namespace

std::string HealthMessage() { return Message("GET_HEALTH", "get_health", {{"healthy", true}}); }

std::string VersionMessage(const std::string& version) {
  return Message("GET_VERSION", "get_version",
                 {{"version_info", json::object({{"version", version}})}});
}

std::string FlagsMessage(std::span<const std::pair<std::string, std::string>> flags) {
  json::array list;
  for (const auto& [name, value] : flags) {
    list.push_back(json::object({{"name", name}, {"value", value}}));
  }
  return Message("GET_FLAGS", "get_flags", {{"flags", std::move(list)}});
}

std::string MetricsMessage(std::span<const std::pair<std::string, double>> metrics) {
  json::array list;
  for (const auto& [name, value] : metrics) {
    list.push_back(json::object({{"name", name}, {"value", value}}));
  }
  return Message("GET_METRICS", "get_metrics", {{"metrics", std::move(list)}});
}

std::string ContainersMessage(std::span<const ContainerInfo> containers) {
  json::array list;
  for (const ContainerInfo& container : containers) {
    json::object id = IdObject(container.id);
    json::object status({{"container_id", id}});
    if (container.pid) status["executor_pid"] = *container.pid;
    json::object seccomp;
    if (container.profile_name) {
      seccomp["profile_name"] = *container.profile_name;
    } else {
      seccomp["unconfined"] = true;
    }
    list.push_back(json::object({{"container_id", std::move(id)},
                                 {"container_status", std::move(status)},
                                 {"running", container.pid.has_value()},
                                 {"seccomp", std::move(seccomp)}}));
  }
  return Message("GET_CONTAINERS", "get_containers", {{"containers", std::move(list)}});
}

std::string TerminationMessage(const Termination& termination) {
  json::object content;
  if (termination.status) content["exit_status"] = *termination.status;
  content["state"] = State(termination);
  if (termination.filter_killed()) content["reason"] = "REASON_CONTAINER_LIMITATION";
  content["message"] = termination.status ? termination.Words() : "the exit status is lost";
  return Message("WAIT_CONTAINER", "wait_container", std::move(content));
}

}  // namespace runtime::agent
