// Holds a profile against its verdict table: each line against what the profile means on the line's
// target, and against the filter that is proved to do that.

#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lint/verdicts/verdict_table.h"
#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/profile.h"

namespace lint::verdicts {

// What a profile is on one target.
struct Compiled {
  schema::policy::Policy policy;
  schema::filter::Filter filter;  // proved
};

struct LineResult {
  schema::kernel::Target target;
  // Where the line does not hold: such a call, and what it gets. Else the line's own call.
  schema::policy::Call call;
  schema::policy::Decision decision;  // of `call`; points into the policies of the run
  bool holds = false;
};

// The target of a line: without "host=" the call's own architecture; for an ABI with 32-bit longs
// the first machine of archMap that lists it, since that is where it is met.
schema::kernel::Target TargetOf(const Expectation& line, const schema::profile::Profile& profile);

class TableRun {
 public:
  // `profile` must outlive the run, and is complete.
  explicit TableRun(const schema::profile::Profile& profile,
                    schema::policy::ResolveOptions options = {})
      : profile_(profile), options_(options) {}

  // The policy and its proved filter, made once for each target. Errors: those of Resolve() and
  // CompileAndProve(): no line of the target can be said to hold.
  schema::Result<const Compiled*> For(const schema::kernel::Target& target);

  // A line with "*" holds when no value whatever gets another verdict: exact. Errors: as For();
  // kLimit, the rules of the call are too entangled to decide.
  schema::Result<LineResult> Try(const Expectation& line);

  // Rules that decided no line so far, and rules with a condition (arguments, capabilities, a
  // kernel) whose call no line made without the rule applying; by their index.
  std::vector<std::size_t> NeverDecide() const;
  std::vector<std::size_t> NeverPass() const;

 private:
  void Count(const Expectation& line, const schema::policy::Decision& decision);

  const schema::profile::Profile& profile_;
  schema::policy::ResolveOptions options_;
  std::map<std::string, schema::Result<std::unique_ptr<Compiled>>> compiled_;  // by target
  std::set<std::size_t> decide_;
  std::set<std::size_t> pass_;
};

}  // namespace lint::verdicts
