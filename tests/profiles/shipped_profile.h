// A profile of profiles/ with its verdict table, resolved and compiled for the targets of its
// lines.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lint/verdicts/table_run.h"
#include "lint/verdicts/verdict_table.h"
#include "schema/error.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"

namespace profiles {

// "default" for profiles/default.json: of every profile there is, sorted.
std::vector<std::string> ShippedNames();

using lint::verdicts::Compiled;
using lint::verdicts::Expectation;

class ShippedProfile {
 public:
  // Errors: kNotFound, the profile or its table is missing; kInvalid.
  static schema::Result<ShippedProfile> Load(const std::string& name);

  const std::string& text() const { return text_; }  // of the JSON file
  const schema::profile::Profile& profile() const { return profile_; }
  const std::vector<Expectation>& table() const { return table_; }

  // "profiles/default.verdicts:12: x86_64 read -> ALLOW": for messages.
  std::string Where(const Expectation& expectation) const;

  schema::kernel::Target TargetOf(const Expectation& expectation) const {
    return lint::verdicts::TargetOf(expectation, profile_);
  }

  // The policy and filter for a target, made once. Errors: lint::verdicts::TableRun::For().
  schema::Result<const Compiled*> For(const schema::kernel::Target& target) {
    if (!run_) run_ = std::make_unique<lint::verdicts::TableRun>(profile_);
    return run_->For(target);
  }

 private:
  std::string name_;
  std::string text_;
  schema::profile::Profile profile_;
  std::vector<Expectation> table_;
  std::unique_ptr<lint::verdicts::TableRun> run_;  // made once this stays where it is
};

}  // namespace profiles
