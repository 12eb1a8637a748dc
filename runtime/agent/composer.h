// From what a task asks for to what the launcher takes, within what the agent's flags allow.

#pragma once

#include <optional>
#include <string>

#include "runtime/agent/flags.h"
#include "runtime/agent/launch_request.h"
#include "runtime/agent/refusal.h"
#include "runtime/isolator/isolator.h"
#include "runtime/launch/cgroup.h"
#include "runtime/launch/spec.h"
#include "runtime/run/isolation.h"
#include "schema/error.h"

namespace runtime::agent {

struct Composition {
  launch::Spec spec;                           // without stdio
  std::optional<std::string> profile_name;     // in force; std::nullopt: unconfined
  std::optional<launch::CgroupLimits> cgroup;  // of its own; std::nullopt: it has the agent's
};

class Composer {
 public:
  // Checks what the isolators need: root, and for linux/seccomp a kernel with filters, the
  // directory of profiles and a valid default profile.
  // Errors: the reason, of several lines where a profile has findings.
  static schema::Result<Composer> Create(const Flags& flags);

  // `sandbox`: the container's directory, its working directory where it has no root of its own.
  // Takes some milliseconds for a profile that the isolator has not seen. From any thread.
  // A nested container that asks for no profile gets that of the one around it; if that one is
  // unconfined, the agent's default: nothing is unconfined that has not asked for it itself.
  // Refused: the request contradicts itself or the flags, or names what is not there; its profile
  // is missing, or invalid (with the findings).
  Granted<Composition> Compose(const LaunchRequest& request, const std::string& sandbox) const;

  isolator::FilterCache::Counts cache_counts() const {
    return seccomp_ ? seccomp_->cache_counts() : isolator::FilterCache::Counts();
  }

 private:
  Composer(const Flags& flags, std::optional<isolator::SeccompIsolator> seccomp)
      : isolation_(flags.isolation), seccomp_(std::move(seccomp)) {}

  schema::Status SetCapabilities(const LaunchRequest& request, launch::Spec& spec) const;
  // All but the filter.
  schema::Status Set(const LaunchRequest& request, const std::string& sandbox,
                     launch::Spec& spec) const;
  schema::Status SetCgroup(const LaunchRequest& request, Composition& composition) const;
  std::optional<Refusal> SetFilter(const LaunchRequest& request, Composition& composition) const;

  run::Isolation isolation_;
  std::optional<isolator::SeccompIsolator> seccomp_;  // with linux/seccomp
};

}  // namespace runtime::agent
