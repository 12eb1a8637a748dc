// The command line of seccomp-run.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/isolator/isolator.h"
#include "runtime/launch/cgroup.h"
#include "runtime/launch/plan.h"
#include "runtime/run/isolation.h"
#include "schema/error.h"
#include "schema/kernel/capability.h"

namespace runtime::run {

struct CommandLine {
  bool help = false;
  bool version = false;
  std::string completion;              // the script that was asked for
  std::optional<std::string> profile;  // a file; absent: the built-in one
  bool unconfined = false;
  std::optional<std::string> record;  // where the profile of what the command calls goes
  isolator::FilterOptions filters;
  std::string cache;   // see isolator::FilterStore
  std::string rootfs;  // empty: the host's files
  std::string working_directory;
  std::string host_name;
  bool init = true;      // of a pid namespace: process 1 is ours
  bool terminal = true;  // of its own, when started from one
  std::vector<launch::Limit> limits;
  launch::CgroupLimits cgroup;
  std::optional<std::string> user;
  std::optional<schema::kernel::CapabilitySet> bounding;
  Isolation isolation;
  std::vector<std::string> command;  // with its arguments; not empty but for help and the like
};

// Errors: kInvalid, what is wrong and how to put it right; kUnsupported, an isolator that this
// build lacks.
schema::Result<CommandLine> ParseCommandLine(std::span<const std::string> args);

std::string Help();

}  // namespace runtime::run
