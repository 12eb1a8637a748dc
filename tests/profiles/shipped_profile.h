// A profile of profiles/ with its verdict table, resolved and compiled for the targets of its
// lines.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"
#include "tests/profiles/verdict_table.h"

namespace profiles {

// "default" for profiles/default.json: of every profile there is, sorted.
std::vector<std::string> ShippedNames();

struct Compiled {
  schema::policy::Policy policy;
  schema::filter::Filter filter;
};

class ShippedProfile {
 public:
  // Errors: kNotFound, the profile or its table is missing; kInvalid.
  static schema::Result<ShippedProfile> Load(const std::string& name);

  const std::string& text() const { return text_; }  // of the JSON file
  const schema::profile::Profile& profile() const { return profile_; }
  const std::vector<Expectation>& table() const { return table_; }

  // "profiles/default.verdicts:12: x86_64 read -> ALLOW": for messages.
  std::string Where(const Expectation& expectation) const;

  // What the profile is resolved for. Without `host=` the call's own architecture; for an ABI with
  // 32-bit longs the first machine of archMap that lists it, since that is where it is met.
  schema::kernel::Target TargetOf(const Expectation& expectation) const;

  // The policy and filter for a target, made once. Errors: those of Resolve() and Compile().
  schema::Result<const Compiled*> For(const schema::kernel::Target& target);

 private:
  std::string name_;
  std::string text_;
  schema::profile::Profile profile_;
  std::vector<Expectation> table_;
  std::map<std::string, Compiled> compiled_;  // by the target's text
};

}  // namespace profiles
