// Target: the machine and engine that a profile is read for. This host is one more Target, read
// once at the edge (ThisHost); nothing else of schema/ looks at the host.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/libseccomp_release.h"
#include "schema/kernel/version.h"

namespace schema::kernel {

enum class Engine : std::uint8_t {
  kIsolator,  // our own agent
  kDocker,    // moby with runc or crun
  kMesos,     // Apache Mesos 1.11
  kOci,       // an OCI runtime alone
};

std::optional<Engine> ParseEngine(std::string_view name);
std::string_view EngineName(Engine engine);

struct Target {
  Architecture architecture = Architecture::kX86_64;
  KernelVersion kernel;
  Libseccomp libseccomp;
  CapabilitySet capabilities;  // the container's bounding set
  Engine engine = Engine::kIsolator;

  friend bool operator==(const Target&, const Target&) = default;
};

// This machine by uname(2), with its libseccomp, Docker's capabilities and our own engine.
// Errors: kSystem, uname(2) failed; kUnsupported, a machine or release that we cannot read.
Result<Target> ThisHost(Libseccomp libseccomp);

// Reads "arch=arm64,kernel=5.10,libseccomp=2.5.4,caps=docker,engine=docker" over `defaults`: a key
// left out keeps its default; but a libseccomp that lacks the architecture cannot be that
// machine's: then it is the first that has it. caps: docker, all, none, or CAP_A+CAP_B. Errors:
// kInvalid, naming the key or value and what is possible, or it means several targets.
Result<Target> ParseTarget(std::string_view text, const Target& defaults);

// The same form where a key may stand for several values, which means a target for each
// combination: "arch=all", "arch=amd64+arm64", "kernel=4.19..6.12" (every release of Linux in it).
// Errors: as ParseTarget.
Result<std::vector<Target>> ParseTargets(std::string_view text, const Target& defaults);

// The same form, with every key; capabilities are "docker", "all", "none" or the list.
std::string ToString(const Target& target);

}  // namespace schema::kernel
