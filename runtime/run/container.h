// From a command line to what the launcher takes.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/launch/spec.h"
#include "runtime/run/command_line.h"
#include "schema/error.h"
#include "schema/kernel/target.h"

namespace runtime::run {

// The profile that is built in, JSON: profiles/default.json of the source.
std::string_view BuiltInProfile();

// Of the container that this process runs: its cgroup's name, and what its listener is told.
std::string ContainerId();
inline constexpr std::string_view kContainerIdPrefix = "seccomp-run-";

// `environment`: "NAME=VALUE", all of it. Reads the profile, lints and compiles it.
// Errors: the profile is invalid (with the findings), the user unknown, the kernel without filters.
schema::Result<launch::Spec> MakeSpec(const CommandLine& line,
                                      std::span<const std::string> environment);

// This host, with the bounding set that the container gets. Errors: kSystem.
schema::Result<schema::kernel::Target> TargetOf(const CommandLine& line);

}  // namespace runtime::run
