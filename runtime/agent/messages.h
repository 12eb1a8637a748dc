// The answers to the calls, as JSON. Source: include/mesos/v1/agent/agent.proto, Response.

#pragma once

#include <span>
#include <string>
#include <utility>

#include "runtime/agent/containers.h"

namespace runtime::agent {

std::string HealthMessage();
std::string VersionMessage(const std::string& version);
std::string FlagsMessage(std::span<const std::pair<std::string, std::string>> flags);
std::string MetricsMessage(std::span<const std::pair<std::string, double>> metrics);

// Each with container_id, container_status.executor_pid while it runs, and two fields of our own:
// `running`, and `seccomp` in the form in which a task asks for it: the profile in force.
std::string ContainersMessage(std::span<const ContainerInfo> containers);

// state: TASK_KILLED by KILL_CONTAINER's signal, else TASK_FINISHED or TASK_FAILED by the exit
// status. reason: REASON_CONTAINER_LIMITATION where the filter killed it.
std::string TerminationMessage(const Termination& termination);

}  // namespace runtime::agent
