// The object linux.seccomp of a config.json.
// Source: https://github.com/opencontainers/runtime-spec, config-linux.md, "Seccomp".

#pragma once

#include <string>

#include "schema/filter/oci_rules.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"

namespace runtime::oci {

// The rules that apply on the target, each condition as runtimes read it: where an argument occurs
// twice in a rule, every condition of it is a rule of its own. The profile must be complete.
schema::filter::OciRules RulesOf(const schema::profile::Profile& profile,
                                 const schema::policy::Policy& policy,
                                 const schema::kernel::Target& target);

// Whether a runtime that reads the profile as linux.seccomp reads all of it: what only engines
// resolve (archMap, includes, excludes, the old `name`, errno by name) is not in it.
bool IsResolved(const schema::profile::Profile& profile);

// As JSON. Flags and listener are the profile's, out of `text`, its source; without flags the list
// is empty, since runtimes have defaults of their own where it is missing.
std::string ToJson(const schema::filter::OciRules& rules, const schema::profile::Profile& profile,
                   const std::string& text);

}  // namespace runtime::oci
