// From Spec to Plan: all that can fail or allocate before the clone.

#pragma once

#include <array>
#include <string>
#include <vector>

#include "runtime/launch/descriptors.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/spec.h"
#include "schema/error.h"

namespace runtime::launch {

// The plan with what it points to; the rest it borrows from the Spec, which must outlive it. May be
// moved (vectors keep their elements in place), not copied.
struct Prepared {
  Plan plan = {};
  Descriptor report_read;
  Descriptor report_write;
  // Each pair is one stream: the first is the child's.
  Descriptor filter_read, filter_write;
  Descriptor end_write, end_read;
  Descriptor word_read, word_write;
  Descriptor terminal_child, terminal_launcher;
  Descriptor listener_child, listener_launcher;
  Descriptor listener_connection;
  std::array<Descriptor, 3> stdio;
  Descriptor cgroup;
  Descriptor ending_file;
  Descriptor ending_folder;
  std::vector<char> ending_unfinished;  // with its null
  Descriptor proc;  // /proc of our own pid namespace: tells whether the child has executed
  std::vector<std::string> candidate_paths;
  std::vector<const char*> candidates;
  std::vector<const char*> argv;
  std::vector<const char*> environment;
};

// Connects to the listener of Spec::filter. Errors: kInvalid, `spec` contradicts itself (named);
// kSystem, a descriptor of `stdio` is not open, none is free, or nobody listens; kNotFound, no
// usable /proc.
schema::Result<Prepared> Prepare(const Spec& spec);

// Behind Monitor::name while the container runs.
inline constexpr char kUnfinished[] = ".unfinished";

// Whether the kernel and this launcher take it. Errors: kInvalid, its length, or flags and listener
// that do not go together.
schema::Status CheckFilter(const schema::filter::Filter& filter);

// The paths that execve is to try for `command`: itself if it has a slash, else one for each folder
// of PATH in `environment` (kDefaultPath where there is none). An empty folder is the working
// directory. Source: execvp(3).
std::vector<std::string> CandidatePaths(const std::string& command,
                                        const std::vector<std::string>& environment);

// What Docker gives a container whose image sets none.
inline constexpr char kDefaultPath[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace runtime::launch
