// Findings that the profile itself has a reason for, in the comment of a rule:
//
//     "comment": "... seccomp-lint: ignore SL304, SL602 -- 32-bit programs need it"
//
// The rules are named by id; the reason is what follows " -- ", and without one nothing is
// suppressed.

#pragma once

#include <string_view>
#include <vector>

#include "lint/rules/rule.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace lint::engine {

class Suppressions {
 public:
  explicit Suppressions(const schema::profile::Profile* profile);  // nullptr: there are none

  // Whether the rule of the profile that `span` lies in says to ignore `id`.
  bool Cover(std::string_view id, schema::Span span) const;

 private:
  struct Suppression {
    schema::Span rule;
    std::string_view id;  // into the profile
  };
  std::vector<Suppression> suppressions_;
};

}  // namespace lint::engine
