#include "runtime/agent/composer.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <map>
#include <utility>
#include <vector>

#include "runtime/launch/prepare.h"
#include "runtime/run/identity.h"
#include "schema/kernel/capability.h"

namespace runtime::agent {
namespace {

using run::Isolator;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::kernel::CapabilitySet;

Error Invalid(std::string message) { return {ErrorCode::kInvalid, std::move(message), 0}; }

// Of a container that does not say. What we lack ourselves, no container gains.
CapabilitySet DefaultBounding(const run::Isolation& isolation) {
  const CapabilitySet own = run::OwnBoundingSet();
  if (!isolation.Has(Isolator::kCapabilities)) return own;
  return run::Intersection(CapabilitySet::Docker(), own);
}

// What tasks may ask for at the two ends: the profile's conditions on capabilities must hold up
// with both.
std::vector<CapabilitySet> OtherBounding(const run::Isolation& isolation) {
  if (!isolation.Has(Isolator::kCapabilities)) return {};
  return {CapabilitySet(), run::OwnBoundingSet()};
}

Status SetCommand(const LaunchRequest& request, launch::Spec& spec) {
  if (request.shell) {
    spec.command = "/bin/sh";
    spec.argv = {"sh", "-c", request.value};
    return {};
  }
  if (request.value.size() >= PATH_MAX) {
    return schema::SystemError("command.value " + Echo(request.value), ENAMETOOLONG);
  }
  spec.command = request.value;
  spec.argv = request.arguments;
  if (spec.argv.empty()) spec.argv = {request.value};
  return {};
}

// Nothing of the agent's own reaches a container.
void SetEnvironment(const LaunchRequest& request, const std::string& sandbox, launch::Spec& spec) {
  std::map<std::string, std::string> variables = {{"PATH", launch::kDefaultPath}};
  if (request.rootfs.empty()) variables["MESOS_SANDBOX"] = sandbox;
  for (const auto& [name, value] : request.environment) variables[name] = value;  // the last counts
  for (const auto& [name, value] : variables) {
    spec.environment.push_back(std::string(name).append("=").append(value));
  }
}

Status SetRootfs(const LaunchRequest& request, const run::Isolation& isolation,
                 const std::string& sandbox, launch::Spec& spec) {
  if (request.rootfs.empty()) {
    spec.working_directory = sandbox;
    return {};
  }
  if (!isolation.Has(Isolator::kFilesystem)) {
    return Invalid("a volume at / needs filesystem/linux in the agent's --isolation");
  }
  struct stat status {};
  if (stat(request.rootfs.c_str(), &status) != 0) {
    Error error = schema::SystemError("host_path " + Echo(request.rootfs), errno);
    if (errno == ENOENT) error.code = ErrorCode::kNotFound;
    return error;
  }
  if (!S_ISDIR(status.st_mode)) {
    return Invalid("host_path " + Echo(request.rootfs) + " is no directory");
  }
  spec.rootfs = request.rootfs;
  spec.working_directory = "/";
  return {};
}

}  // namespace

Result<Composer> Composer::Create(const Flags& flags) {
  if (geteuid() != 0) {
    return Invalid(flags.isolation.Has(Isolator::kSeccomp)
                       ? "linux/seccomp needs root: start the agent as root"
                       : "launching containers needs root: start the agent as root");
  }
  if (syscall(SYS_pidfd_open, getpid(), 0U) < 0 && errno == ENOSYS) {
    return Error{ErrorCode::kUnsupported, "launching containers needs Linux 5.3, for its pidfds",
                 ENOSYS};
  }
  if (!flags.isolation.Has(Isolator::kSeccomp)) return Composer(flags, std::nullopt);
  auto seccomp = isolator::SeccompIsolator::Create({
      .config_dir = flags.seccomp_config_dir,
      .default_profile = flags.seccomp_profile_name,
      .bounding = DefaultBounding(flags.isolation),
      .other_bounding = OtherBounding(flags.isolation),
      .filters = flags.filters,
  });
  if (!seccomp) return std::move(seccomp).error().While("linux/seccomp");
  return Composer(flags, std::move(*seccomp));
}

// The task's effective set becomes the bounding set, too, where it gives no other, and may not
// exceed it. Source: linux/capabilities of Mesos, docs/isolators/linux-capabilities.md.
Status Composer::SetCapabilities(const LaunchRequest& request, launch::Spec& spec) const {
  if (!isolation_.Has(Isolator::kCapabilities)) {
    if (!request.bounding && !request.effective) return {};
    return Invalid(
        "the task asks for capabilities: that needs linux/capabilities in the agent's --isolation");
  }
  const CapabilitySet own = run::OwnBoundingSet();
  CapabilitySet bounding = DefaultBounding(isolation_);
  if (request.effective) bounding = *request.effective;
  if (request.bounding) bounding = *request.bounding;
  if (request.effective && run::Intersection(*request.effective, bounding) != *request.effective) {
    return Invalid("effective_capabilities " + Summary(*request.effective) +
                   " exceed bounding_capabilities " + Summary(bounding));
  }
  const bool is_root = !spec.user || spec.user->uid == 0;
  if (is_root && request.effective && *request.effective != bounding) {
    return Invalid(
        "root holds all of its bounding set: give effective_capabilities alone, or another user");
  }
  spec.bounding = run::Intersection(bounding, own);
  if (!is_root && request.effective) spec.ambient = run::Intersection(*request.effective, own);
  return {};
}

Status Composer::SetCgroup(const LaunchRequest& request, Composition& composition) const {
  constexpr const char* kNeeded = "needs cgroups/all in the agent's --isolation";
  if (isolation_.Has(Isolator::kCgroups)) {
    if (request.share_cgroups.value_or(false)) {
      return Invalid("share_cgroups: with cgroups/all each container has a cgroup of its own");
    }
    composition.cgroup = request.limits.value_or(launch::CgroupLimits());
    return {};
  }
  if (request.limits) {
    return Invalid(std::string("the task has resources or limits: that ") + kNeeded);
  }
  if (!request.share_cgroups.value_or(true)) {
    return Invalid(std::string("a cgroup that is not shared ") + kNeeded);
  }
  return {};
}

std::optional<Refusal> Composer::SetFilter(const LaunchRequest& request,
                                           Composition& composition) const {
  if (!seccomp_) {
    if (!request.seccomp) return std::nullopt;
    return Refusal{
        Reason::kBadRequest,
        Invalid("the task has seccomp: that needs linux/seccomp in the agent's --isolation")};
  }
  auto name = seccomp_->ProfileFor(request.seccomp, request.inherited.profile_name);
  if (!name) return Refusal{Reason::kBadRequest, std::move(name).error()};
  if (!*name) return std::nullopt;
  const CapabilitySet bounding = composition.spec.bounding.value_or(run::OwnBoundingSet());
  auto filter = seccomp_->FilterFor(**name, bounding);
  if (!filter) {
    auto [error, rules] = std::move(filter).error();
    const Reason reason =
        error.code == ErrorCode::kNotFound ? Reason::kMissingProfile : Reason::kInvalidProfile;
    return Refusal{reason, std::move(error), std::move(rules)};
  }
  composition.profile_name = std::move(*name);
  composition.spec.filter = **filter;
  return std::nullopt;
}

Status Composer::Set(const LaunchRequest& request, const std::string& sandbox,
                     launch::Spec& spec) const {
  if (Status status = SetCommand(request, spec); !status) return status;
  SetEnvironment(request, sandbox, spec);
  if (Status status = SetRootfs(request, isolation_, sandbox, spec); !status) return status;
  spec.namespaces = isolation_.NewNamespaces();
  if (request.share_pid_namespace) spec.namespaces.pid = false;
  // Process 1 gets no signal that it has no handler for, its own abort(3) included.
  spec.init = spec.namespaces.pid;
  spec.no_new_privs = isolation_.Has(Isolator::kNoNewPrivs);
  spec.parent_death_signal = SIGKILL;
  spec.state = {request.id, sandbox, {}};
  const auto& user_name = request.user ? request.user : request.inherited.user;
  if (user_name) {
    auto user = run::FindUser(*user_name, run::kLibraryAccounts);
    if (!user) return std::move(user).error().While("command.user");
    spec.user = std::move(*user);
  }
  return SetCapabilities(request, spec);
}

Granted<Composition> Composer::Compose(const LaunchRequest& request,
                                       const std::string& sandbox) const {
  Composition composition;
  if (Status status = Set(request, sandbox, composition.spec); !status) {
    return Refusal{Reason::kBadRequest, std::move(status).error()};
  }
  if (Status status = SetCgroup(request, composition); !status) {
    return Refusal{Reason::kBadRequest, std::move(status).error()};
  }
  if (auto refusal = SetFilter(request, composition)) return std::move(*refusal);
  return composition;
}

}  // namespace runtime::agent
