// Runs the rules over a profile, for each target, and puts together what they find.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/rule.h"
#include "schema/error.h"
#include "schema/json/reader.h"
#include "schema/kernel/target.h"
#include "schema/policy/policy.h"
#include "schema/profile/profile.h"
#include "schema/span.h"

namespace lint::engine {

// Why a finding is known and not to be acted on.
struct Acceptance {
  bool by_baseline = false;  // else by a comment of the profile
  std::string reason;        // the comment's
};

// A finding of one rule, on the targets that it holds on.
struct Report {
  const rules::Rule* rule = nullptr;
  rules::Severity severity = rules::Severity::kError;
  schema::Span span;
  std::string message;
  std::string help;
  std::vector<schema::Related> related;
  std::vector<std::size_t> targets;  // indices into TargetsOf(), ascending
  std::optional<rules::Fix> fix;     // where it is the same on all of them
  std::optional<Acceptance> accepted = std::nullopt;
};

struct FileReport {
  std::string path;  // as given; "<stdin>"
  schema::json::Document document;
  std::vector<Report> reports;     // by place, then by rule
  std::vector<Report> suppressed;  // the same, of those accepted
  // What is wrong with the profile's own suppressions, and what is left out of a rule that finds
  // more than kMostOfARule. No findings: the profile means the same.
  std::vector<schema::Related> notes;
  // In the place of Options::targets, with the engine that the file is for; empty: those.
  std::vector<schema::kernel::Target> targets = {};
};

// The rules that are called so: "SL301", "unknown-syscall", or a prefix of ids such as "SL3"; "all"
// is every rule. Errors: kInvalid, none is.
schema::Result<std::vector<const rules::Rule*>> FindRules(std::string_view name);

// Which rules run: those on by default and the selected ones, without the ignored ones. Of a file
// without a profile SL0xx run unless they are ignored: what was selected has nothing to look at.
class Selection {
 public:
  // Adds what FindRules finds. Errors: its.
  schema::Status Select(std::string_view name);
  schema::Status Ignore(std::string_view name);

  bool Runs(const rules::Rule& rule) const;
  bool Ignores(const rules::Rule& rule) const;

 private:
  std::vector<const rules::Rule*> selected_;  // empty: those on by default
  std::vector<const rules::Rule*> ignored_;
};

struct Options {
  std::vector<schema::kernel::Target> targets;  // at least one
  Selection selection;
  // In the place of what the rule says, of all its findings.
  std::map<const rules::Rule*, rules::Severity> severities = {};
  // Whether OCI configs and SeccompProfiles are read, and YAML. Our own agent reads JSON in
  // Docker's form alone.
  bool all_forms = false;
  // Whether somebody chose the targets' engines. Else OCI configs and SeccompProfiles are for kOci.
  // An engine that is named and is another one reads a config for what it is not, a profile.
  bool engine_is_named = false;
};

// How many findings of one rule in one file are told: nobody reads more, and a hostile file would
// make gigabytes of them.
inline constexpr std::size_t kMostOfARule = 500;

// Checks the profiles of one file. A text that is no profile is a finding like any other.
FileReport Check(std::string path, std::string text, const Options& options);

// The same on one target, for whoever goes on with the profile and what it means there. The text is
// JSON in Docker's form.
struct Checked {
  FileReport report;
  std::optional<schema::profile::Profile> profile;
  // Errors: it means nothing; in all but few cases the report says that with the place.
  schema::Result<schema::policy::Policy> policy;
};
Checked CheckAndResolve(std::string path, std::string text, const schema::kernel::Target& target,
                        const Selection& selection);

// What Report::targets are indices into.
inline const std::vector<schema::kernel::Target>& TargetsOf(const FileReport& file,
                                                            const Options& options) {
  return file.targets.empty() ? options.targets : file.targets;
}

// Leaves the reports of this severity alone.
void KeepOnly(FileReport& file, rules::Severity severity);

// How many of the reports have this severity.
std::size_t Count(const FileReport& file, rules::Severity severity);

}  // namespace lint::engine
