// What the report pipe, /proc and wait(2) together say of a launch: the one place that decides it.
//
// The pipe ends when the program has executed, or when all processes that could still write have
// ended or said their last word. What came before its end:
//
//                      | with init                      | without
//     a step's failure | that is why; nothing executed  | the same
//     kStarted         | it runs, or has run            | never comes
//     kEnded           | it died in execve              | never comes
//     nothing          | init was killed                | /proc tells whether it has executed: a
//                      |                                | filter that kills execve gives nothing,
//                      |                                | too
//
// With a listener the pipe may not end: it does not answer execve.
// And before all that kTaken, without which the starter was killed; with a monitor, kContainer and
// the pid, without which the monitor was.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "runtime/launch/explain.h"
#include "runtime/launch/launch.h"
#include "runtime/launch/plan.h"
#include "runtime/launch/spec.h"
#include "schema/error.h"

namespace runtime::launch {

struct Reports {
  bool taken = false;              // the starter runs
  std::optional<pid_t> container;  // the monitor's child
  std::optional<Report> failure;   // the first one
  bool started = false;
  std::optional<int> ended;  // a status of wait(2)
  bool timed_out = false;    // the pipe has not ended
};

// Reads to the end of the pipe, or as long as `patience`. Errors: kSystem.
schema::Result<Reports> ReadReports(int pipe, std::optional<std::chrono::milliseconds> patience);

// std::nullopt: the program has executed. `proc`: a descriptor of /proc. `name`: Plan::name.
// `container`: the pid of the first process, alive or not reaped. `wait`: reaps it, and gives its
// status.
std::optional<LaunchError> JudgeLaunch(const Reports& reports, const Attempt& attempt, int proc,
                                       std::string_view name, pid_t container,
                                       const std::function<schema::Result<int>()>& wait);

}  // namespace runtime::launch
