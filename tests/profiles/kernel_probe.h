// Asks the running kernel what a filter does with a call, without the call ever taking place; and
// runs programs under a filter.

#pragma once

#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/action.h"
#include "schema/kernel/architecture.h"
#include "schema/policy/policy.h"

namespace profiles {

// Empty where a process of this machine can make calls of the architecture, else why it cannot.
std::string WhyNotCallable(schema::kernel::Architecture architecture);

enum class Outcome {
  kPermitted,  // ALLOW, LOG, and TRACE or NOTIFY, whose other side would decide
  kErrno,
  kTrapped,
  kKilled,
};

struct Observed {
  Outcome outcome = Outcome::kPermitted;
  long error = 0;  // kErrno

  friend bool operator==(const Observed&, const Observed&) = default;
};

// What an observer sees of a verdict: several look alike.
Observed Visible(schema::kernel::Verdict verdict);
std::string ToString(const Observed& observed);

// Makes `call` in a child under `filter`. Before the filter, the child installs one that answers
// this one call with ERRNO(4000). Of filters with the same action the one installed last gives the
// errno, and ERRNO outranks ALLOW, LOG, TRACE and NOTIFY (seccomp(2)). So the call never runs: it
// returns -4000 where `filter` permits it, and -n where `filter` says ERRNO(n).
// Needs no privilege. Errors: kSystem, the child could not be set up.
schema::Result<Observed> Probe(const schema::filter::Filter& filter,
                               const schema::policy::Call& call);

struct Ended {
  int status = -1;     // of wait(2)
  std::string output;  // standard output and error
};

// Runs argv[0], a path, with `input` on standard input, under `filter`, which goes in last before
// execve. Errors: kSystem.
schema::Result<Ended> RunUnder(const schema::filter::Filter& filter,
                               const std::vector<std::string>& argv, const std::string& input);

}  // namespace profiles
