// A cgroup (version 2) for one container: limits, and an end to all that is in it.
//
//     Result<Cgroup> cgroup = Cgroup::Create("run-17", limits);
//     if (!cgroup) return std::move(cgroup).error();   // says what this machine lacks
//     spec.cgroup = cgroup->folder();
//
// Source: Documentation/admin-guide/cgroup-v2.rst of Linux.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::launch {

struct CgroupLimits {
  std::optional<std::uint64_t>
      memory_bytes;  // memory.max: beyond it, the container's processes are killed
  std::optional<std::uint64_t> cpu_millis;  // cpu.max: thousandths of a processor; at least 10
  std::optional<std::uint64_t> processes;   // pids.max: threads too

  bool any() const { return memory_bytes || cpu_millis || processes; }
};

// Exists until destruction, which ends what is still in it, unless it was let go.
class Cgroup {
 public:
  // Below the root of the first cgroup2 mount of /proc/self/mountinfo.
  // Errors: kUnsupported, there is no such mount, or it lacks the controller of a limit (named,
  // with those that it has); kInvalid, `name` has a slash, or a value that the kernel refuses;
  // kSystem, it cannot be written.
  static schema::Result<Cgroup> Create(const std::string& name, const CgroupLimits& limits);

  // As Create; but where no cgroup2 is mounted and there are no limits, std::nullopt.
  static schema::Result<std::optional<Cgroup>> CreateWhereMounted(const std::string& name,
                                                                  const CgroupLimits& limits);

  // Ends all that is in the one of this name, and removes it. Nothing to do where there is none.
  // Blocks for two seconds at most. Errors: kSystem, it is still there.
  static schema::Status End(const std::string& name);

  // Removes those that are named PREFIX..., empty, of at least this age, and left behind by an
  // owner that was killed: a living one holds a lock on its folder (flock(2)).
  static void RemoveAbandoned(const std::string& prefix, std::chrono::seconds age);

  Cgroup(Cgroup&& other) noexcept = default;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  int folder() const { return folder_.number(); }

  // From here on it outlives this object and its process, and is End's by its name. No longer
  // locked when this object is gone: its prefix must not be one for RemoveAbandoned.
  void LetGo() { is_owned_ = false; }

  // SIGKILL to all processes in it and in those that a container has made in it: cgroup.kill (Linux
  // 5.14), or one by one until none is left. Blocks for a second at most. Errors: kSystem.
  schema::Status Kill() const;

 private:
  schema::Status EndAndRemove() const;

  Cgroup(schema::Descriptor parent, schema::Descriptor folder, std::string name)
      : parent_(std::move(parent)), folder_(std::move(folder)), name_(std::move(name)) {}

  schema::Descriptor parent_;
  schema::Descriptor folder_;
  std::string name_;
  bool is_owned_ = true;
};

}  // namespace runtime::launch
