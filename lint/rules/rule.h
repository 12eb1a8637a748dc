// What a rule is: one file with all data about it and a stateless check. lint/README.md tells how
// to add one.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/fix.h"
#include "schema/error.h"
#include "schema/json/reader.h"
#include "schema/kernel/syscall.h"
#include "schema/kernel/target.h"
#include "schema/policy/conflict.h"
#include "schema/policy/policy.h"
#include "schema/profile/parser.h"
#include "schema/span.h"

namespace lint::rules {

enum class Severity { kInfo, kWarning, kError };

std::string_view SeverityName(Severity severity);  // "error"

// What a rule has to say about one place.
struct Finding {
  schema::Span span;
  std::string message;  // names the value, and says what happens at run time
  std::string help;     // what to write instead; may be empty
  std::vector<schema::Related> related;
  std::optional<Severity> severity;  // where it differs from the rule's
  std::optional<Fix> fix = std::nullopt;
};

// What a check looks at: the less it is, the less often it runs for many targets.
enum class Reads {
  kProfile,  // the text and the profile, nothing of the target
  kPolicy,   // what the profile means, and the target's architecture and engine, too
  kTarget,   // any of the context
};

// One profile on one target. Everything that a check may look at.
struct Context {
  const schema::json::ReadResult& json;
  const schema::profile::ParseResult* parsed = nullptr;  // nullptr: the text is not JSON
  const schema::profile::Profile* profile = nullptr;     // nullptr: no object
  const schema::policy::Policy* policy = nullptr;        // nullptr: it has no meaning
  const schema::Error* unresolved = nullptr;             // why a profile has none
  std::span<const schema::policy::Conflict> conflicts;   // of `policy`
  const schema::kernel::Target& target;
};

using Check = std::vector<Finding> (*)(const Context&);

struct Rule {
  std::string_view id;    // "SL301": stable, never reused
  std::string_view name;  // "unknown-syscall"
  Severity severity = Severity::kError;
  bool on_by_default = true;
  std::string_view summary;  // one sentence: what it finds
  std::string_view why;      // what happens at run time, and what to do instead
  std::string_view bad;      // an example that it finds
  std::string_view good;     // the same, right
  std::string_view source;   // where the facts come from
  Check check = nullptr;
  Reads reads = Reads::kTarget;
  // It concludes from what no rule of the profile says: nothing where a base profile adds rules.
  bool from_absence = false;
};

// All rules, ascending by id.
std::span<const Rule* const> AllRules();

// By id or name; nullptr where there is none.
const Rule* FindRule(std::string_view id_or_name);

}  // namespace lint::rules
