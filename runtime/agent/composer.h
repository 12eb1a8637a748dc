// From what a task asks for to what the launcher takes, within what the agent's flags allow.

#pragma once

#include <optional>
#include <string>

#include "runtime/agent/flags.h"
#include "runtime/agent/launch_request.h"
#include "runtime/isolator/isolator.h"
#include "runtime/launch/spec.h"
#include "runtime/run/isolation.h"
#include "schema/error.h"

namespace runtime::agent {

struct Composition {
  launch::Spec spec;                        // without stdio
  std::optional<std::string> profile_name;  // in force; std::nullopt: unconfined
};

class Composer {
 public:
  // Checks what the isolators need: root, and for linux/seccomp a kernel with filters, the
  // directory of profiles and a valid default profile.
  // Errors: the reason, of several lines where a profile has findings.
  static schema::Result<Composer> Create(const Flags& flags);

  // `sandbox`: the container's directory, its working directory where it has no root of its own.
  // Takes some milliseconds for a profile that the isolator has not seen. From any thread.
  // Errors: kInvalid, the request contradicts itself or the flags, or its profile is invalid (with
  // the findings); kNotFound, no such profile, user or rootfs.
  schema::Result<Composition> Compose(const LaunchRequest& request,
                                      const std::string& sandbox) const;

 private:
  Composer(const Flags& flags, std::optional<isolator::SeccompIsolator> seccomp)
      : isolation_(flags.isolation),
        default_profile_(flags.seccomp_profile_name),
        seccomp_(std::move(seccomp)) {}

  schema::Status SetCapabilities(const LaunchRequest& request, launch::Spec& spec) const;
  schema::Status SetFilter(const LaunchRequest& request, Composition& composition) const;

  run::Isolation isolation_;
  std::optional<std::string> default_profile_;
  std::optional<isolator::SeccompIsolator> seccomp_;  // with linux/seccomp
};

}  // namespace runtime::agent
