#include "runtime/agent/api.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/agent/container_id.h"
#include "runtime/agent/launch_request.h"
#include "runtime/agent/messages.h"
#include "schema/kernel/suggestion.h"

namespace runtime::agent {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::json::Kind;

const Containers::Cancel kNothingToCancel;

constexpr unsigned kOk = 200;
constexpr unsigned kAccepted = 202;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kNotFound = 404;
constexpr unsigned kInternalServerError = 500;
constexpr unsigned kNotImplemented = 501;
constexpr unsigned kServiceUnavailable = 503;

// Calls of Mesos' agent that this one does not answer. Source: agent.proto, Call.Type.
constexpr std::array<std::string_view, 23> kUnimplemented = {
    "GET_LOGGING_LEVEL",
    "SET_LOGGING_LEVEL",
    "LIST_FILES",
    "READ_FILE",
    "GET_STATE",
    "GET_FRAMEWORKS",
    "GET_EXECUTORS",
    "GET_OPERATIONS",
    "GET_TASKS",
    "GET_AGENT",
    "GET_RESOURCE_PROVIDERS",
    "LAUNCH_NESTED_CONTAINER",
    "WAIT_NESTED_CONTAINER",
    "KILL_NESTED_CONTAINER",
    "REMOVE_NESTED_CONTAINER",
    "LAUNCH_NESTED_CONTAINER_SESSION",
    "ATTACH_CONTAINER_INPUT",
    "ATTACH_CONTAINER_OUTPUT",
    "ADD_RESOURCE_PROVIDER_CONFIG",
    "UPDATE_RESOURCE_PROVIDER_CONFIG",
    "REMOVE_RESOURCE_PROVIDER_CONFIG",
    "MARK_RESOURCE_PROVIDER_GONE",
    "PRUNE_IMAGES",
};

// The id in the member `name` of the call.
Result<std::string> IdIn(const Body& body, std::string_view name) {
  const auto call = body.Require(body.root(), name, Kind::kObject);
  if (!call) return Error(call.error());
  return ReadContainerId(body, **call);
}

Response LaunchResponse(const Granted<LaunchOutcome>& outcome) {
  if (!outcome) {
    const Refusal& refusal = outcome.error();
    return {refusal.reason == Reason::kStopping ? kServiceUnavailable : kBadRequest,
            refusal.error.message};
  }
  switch (*outcome) {
    case LaunchOutcome::kLaunched:
      return {kOk, ""};
    case LaunchOutcome::kExists:
      return {kAccepted, ""};
  }
  return {kInternalServerError, ""};
}

// What a list is to show: members of get_containers with their defaults.
struct Shown {
  // In Mesos the default is false, for there are others; here it would hide all there is.
  bool standalone = true;
  bool nested = false;
};

Result<Shown> ReadShown(const Body& body) {
  Shown shown;
  const auto call = body.Find(body.root(), "get_containers", Kind::kObject);
  if (!call) return Error(call.error());
  if (*call == nullptr) return shown;
  for (const auto& [name, to] :
       {std::pair{"show_standalone", &shown.standalone}, std::pair{"show_nested", &shown.nested}}) {
    const auto show = body.Find(**call, name, Kind::kBoolean);
    if (!show) return Error(show.error());
    if (*show != nullptr) *to = (*show)->boolean;
  }
  return shown;
}

}  // namespace

struct Api::Call {
  std::string_view type;
  Outcome (Api::*handle)(const Body&, const Respond&) const;
};

const Api::Call Api::kCalls[] = {
    {"GET_HEALTH", &Api::GetHealth},
    {"GET_VERSION", &Api::GetVersion},
    {"GET_FLAGS", &Api::GetFlags},
    {"GET_METRICS", &Api::GetMetrics},
    {"GET_CONTAINERS", &Api::GetContainers},
    {"LAUNCH_CONTAINER", &Api::LaunchContainer},
    {"WAIT_CONTAINER", &Api::WaitContainer},
    {"KILL_CONTAINER", &Api::KillContainer},
    {"REMOVE_CONTAINER", &Api::RemoveContainer},
};

Containers::Cancel Api::Handle(std::string body, const Respond& respond) const {
  // Whoever answers, now or later, has the name by then.
  const auto name = std::make_shared<std::string_view>("NONE");
  const Respond counted = [&metrics = metrics_, name, respond](Response response) {
    metrics.CountRequest(*name, response.status);
    respond(std::move(response));
  };
  auto outcome = Dispatch(std::move(body), counted, *name);
  if (outcome) return std::move(*outcome);
  counted({kBadRequest, outcome.error().message});
  return kNothingToCancel;
}

Api::Outcome Api::Dispatch(std::string text, const Respond& respond,
                           std::string_view& call_name) const {
  const auto body = Body::Read(std::move(text));
  if (!body) return Error(body.error());
  const auto type = body->Require(body->root(), "type", Kind::kString);
  if (!type) return Error(type.error());
  const std::string& name = (*type)->text;
  const auto* call = std::ranges::find(kCalls, name, &Call::type);
  if (call != std::end(kCalls)) {
    call_name = call->type;
    return (this->*call->handle)(*body, respond);
  }
  if (std::ranges::count(kUnimplemented, name) != 0) {
    call_name = "OTHER";
    respond({kNotImplemented, name + " is not implemented by this agent"});
    return kNothingToCancel;
  }
  std::vector<std::string_view> known;
  std::string list;
  for (const Call& entry : kCalls) {
    known.push_back(entry.type);
    list += (list.empty() ? "" : ", ") + std::string(entry.type);
  }
  return body->Complain((*type)->span, "unknown call type " + Echo(name) +
                                           schema::kernel::DidYouMean(name, known) +
                                           "; known: " + list);
}

Api::Outcome Api::GetHealth(const Body&, const Respond& respond) const {
  respond({kOk, HealthMessage()});
  return kNothingToCancel;
}

Api::Outcome Api::GetVersion(const Body&, const Respond& respond) const {
  respond({kOk, VersionMessage(version_)});
  return kNothingToCancel;
}

Api::Outcome Api::GetFlags(const Body&, const Respond& respond) const {
  respond({kOk, FlagsMessage(flag_values_)});
  return kNothingToCancel;
}

std::vector<Metric> Api::AllMetrics() const {
  const Containers::Counts counts = containers_.counts();
  return ListMetrics(metrics_, {counts.running, counts.ended, containers_.cache_counts()},
                     version_);
}

Response Api::MetricsPage() const { return {kOk, PrometheusPage(AllMetrics()), kPrometheusType}; }

// Mesos waits up to `timeout` for metrics that are slow to find out: none of ours is.
Api::Outcome Api::GetMetrics(const Body& body, const Respond& respond) const {
  const auto call = body.Find(body.root(), "get_metrics", Kind::kObject);
  if (!call) return Error(call.error());
  if (*call != nullptr) {
    const auto timeout = body.Find(**call, "timeout", Kind::kObject);
    if (!timeout) return Error(timeout.error());
  }
  respond({kOk, MetricsMessage(MesosMetrics(AllMetrics()))});
  return kNothingToCancel;
}

Api::Outcome Api::GetContainers(const Body& body, const Respond& respond) const {
  const auto shown = ReadShown(body);
  if (!shown) return Error(shown.error());
  auto list = containers_.List();
  std::erase_if(list, [&](const ContainerInfo& container) {
    return ParentOf(container.id) ? !shown->nested : !shown->standalone;
  });
  respond({kOk, ContainersMessage(list)});
  return kNothingToCancel;
}

Api::Outcome Api::LaunchContainer(const Body& body, const Respond& respond) const {
  const auto call = body.Require(body.root(), "launch_container", Kind::kObject);
  auto request = call ? ReadLaunchRequest(body, **call) : Result<LaunchRequest>(call.error());
  if (!request) {
    containers_.ReportMalformed(request.error());
    return Error(request.error());
  }
  containers_.Launch(std::move(*request), [respond](const Granted<LaunchOutcome>& outcome) {
    respond(LaunchResponse(outcome));
  });
  return kNothingToCancel;
}

Api::Outcome Api::WaitContainer(const Body& body, const Respond& respond) const {
  const auto id = IdIn(body, "wait_container");
  if (!id) return Error(id.error());
  return containers_.Wait(*id, [respond, id = *id](const std::optional<Termination>& termination) {
    if (termination) {
      respond({kOk, TerminationMessage(*termination)});
    } else {
      respond({kNotFound, "Container '" + id + "' cannot be found"});
    }
  });
}

Api::Outcome Api::KillContainer(const Body& body, const Respond& respond) const {
  const auto id = IdIn(body, "kill_container");
  if (!id) return Error(id.error());
  const auto call = body.Require(body.root(), "kill_container", Kind::kObject);
  const auto field = body.Find(**call, "signal", Kind::kNumber);
  if (!field) return Error(field.error());
  int signal = 9;
  if (*field != nullptr) {
    const auto number = (*field)->AsUnsigned();
    constexpr std::uint64_t kTooHigh = 1000;
    if (!number || *number >= kTooHigh) {
      return body.Complain((*field)->span, "this is no signal's number");
    }
    signal = static_cast<int>(*number);
  }
  containers_.Kill(*id, signal, [respond](const schema::Status& killed) {
    if (killed) return respond({kOk, ""});
    const bool is_unknown = killed.error().code == ErrorCode::kNotFound;
    respond({is_unknown ? kNotFound : kBadRequest, killed.error().message});
  });
  return kNothingToCancel;
}

// 500 for what runs or does not exist is Mesos': agent.proto, RemoveContainer.
Api::Outcome Api::RemoveContainer(const Body& body, const Respond& respond) const {
  const auto id = IdIn(body, "remove_container");
  if (!id) return Error(id.error());
  containers_.Remove(*id, [respond](const schema::Status& removed) {
    respond(removed ? Response{kOk, ""} : Response{kInternalServerError, removed.error().message});
  });
  return kNothingToCancel;
}

}  // namespace runtime::agent
