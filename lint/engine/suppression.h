// Findings that the profile itself has a reason for, in the comment of a rule:
//
//     "comment": "... seccomp-lint: ignore SL304, SL602 -- 32-bit programs need it"
//     # seccomp-lint: ignore SL304 -- in YAML: above the rule, in it, or behind it on its last line
//
// The rules are named by id or name; the reason is what follows " -- ", and without one nothing is
// suppressed.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lint/rules/rule.h"
#include "schema/json/document.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace lint::engine {

class Selection;

class Suppressions {
 public:
  // Those of the document's profiles; both outlive this.
  Suppressions(const std::vector<const schema::profile::Profile*>& profiles,
               const schema::json::Document& document);

  // The reason, where the rule of the profile that `span` lies in says to ignore `rule`.
  std::optional<std::string_view> ReasonFor(const rules::Rule& rule, schema::Span span);

  // After all findings were asked for: what is not understood, has no reason, names no rule of
  // ours, or was of no use though its rule ran. `text`: the profile's.
  std::vector<schema::Related> Notes(std::string_view text, const Selection& ran) const;

 private:
  // `comment`: of a rule of the profile that stands at `rule`.
  void Read(std::string_view comment, schema::Span place, schema::Span rule);

  struct Suppression {
    schema::Span rule;     // of the profile
    schema::Span comment;  // its string
    std::string_view name;
    const rules::Rule* ignored = nullptr;  // nullptr: none is called `name`
    std::string_view reason;
    bool used = false;
  };
  std::vector<Suppression> suppressions_;
  std::vector<schema::Related> notes_;
};

}  // namespace lint::engine
