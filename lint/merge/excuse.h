// Comments by which a generated profile tells that what seccomp-lint warns of in it is meant:
//
//     "comment": "seccomp-lint: ignore SL602 -- as recorded or merged"

#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"
#include "schema/kernel/target.h"
#include "schema/profile/profile.h"

namespace lint::merge {

// "SL602: message", of all findings that no comment excuses.
std::set<std::string> Findings(const std::string& name, std::string_view text,
                               std::span<const schema::kernel::Target> targets);

// Gives each rule with a finding that is not `known` such a comment; a name that one is about goes
// to a rule of its own, with others of the same kind. Findings outside rules stay. The new
// findings, each once. Errors: kInvalid, one of them is an error.
schema::Result<std::vector<std::string>> Excuse(schema::profile::Profile& profile,
                                                std::span<const schema::kernel::Target> targets,
                                                const std::set<std::string>& known);

// Takes out the comments that Excuse has made.
void TakeOutExcuses(schema::profile::Profile& profile);

}  // namespace lint::merge
