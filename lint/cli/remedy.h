// The smallest changes after which a call is allowed, each tried on the profile before it is told.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/cli/placed_call.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/policy/resolve.h"
#include "schema/profile/profile.h"

namespace lint::cli {

struct Remedy {
  std::string_view kind;            // "grant-capability", "add-rule", ...: for programs
  std::string text;                 // "grant CAP_SYS_ADMIN": an imperative, no period
  std::optional<std::size_t> rule;  // that it is about, or changes
  std::string added;                // the rule to add, as JSON; may be empty
  std::vector<std::string> when;  // what is allowed then, of the arguments in question; empty: all
  // Other calls that are newly allowed with it; std::nullopt: not counted.
  std::optional<std::size_t> others;
};

// `in_question`: the verdicts that were not wanted. What the profile cannot say, such as a rule for
// a number without a name, is left out: then there may be none.
std::vector<Remedy> FindRemedies(const schema::profile::Profile& profile,
                                 const schema::policy::Policy& policy, const PlacedCall& placed,
                                 schema::policy::ResolveOptions options,
                                 const std::function<bool(schema::kernel::Verdict)>& in_question);

// The capabilities of the rule's `includes` that the target lacks.
std::vector<std::string> MissingCapabilities(const schema::profile::Rule& rule,
                                             const schema::kernel::Target& target);

}  // namespace lint::cli
