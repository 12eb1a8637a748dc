#include "lint/engine/engine.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "lint/engine/suppression.h"
#include "lint/rules/places.h"
#include "schema/policy/conflict.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace lint::engine {
namespace {

using rules::Rule;
using schema::kernel::Target;
using schema::policy::ResolutionKey;
using schema::profile::Profile;

schema::Status AddRules(std::string_view name, std::vector<const Rule*>& to) {
  auto found = FindRules(name);
  if (!found) return std::move(found).error();
  to.insert(to.end(), found->begin(), found->end());
  return {};
}

bool Contains(const std::vector<const Rule*>& rules, const Rule& rule) {
  return std::ranges::find(rules, &rule) != rules.end();
}

// What the profile means on some of the targets.
struct Meaning {
  schema::Result<schema::policy::Policy> policy;
  std::optional<schema::Error> unresolved;  // why there is none
  std::vector<schema::policy::Conflict> conflicts;

  explicit Meaning(schema::Result<schema::policy::Policy> result) : policy(std::move(result)) {
    if (policy) {
      conflicts = schema::policy::FindConflicts(*policy);
    } else {
      unresolved = policy.error();
    }
  }
};

schema::Error NoProfile() {
  return {schema::ErrorCode::kInvalid, "it is no profile: no JSON, or no object", 0};
}

// The findings of all rules on all targets, equal ones put together.
class Findings {
 public:
  using Indices = std::vector<std::size_t>;  // into reports()
  using Severities = std::map<const Rule*, rules::Severity>;

  explicit Findings(const Severities& severities) : severities_(severities) {}

  Indices Add(const Rule& rule, std::vector<rules::Finding> findings) {
    Indices indices;
    if (findings.size() > kMostOfARule) {
      std::size_t& more = left_out_[&rule];
      more = std::max(more, findings.size() - kMostOfARule);
      findings.resize(kMostOfARule);
    }
    const auto given = severities_.find(&rule);
    for (rules::Finding& finding : findings) {
      const auto severity =
          given != severities_.end() ? given->second : finding.severity.value_or(rule.severity);
      const auto [place, is_new] = index_.try_emplace(
          Key{rule.id, finding.span.begin, finding.span.end, severity, finding.message},
          reports_.size());
      if (is_new) {
        reports_.push_back({&rule,
                            severity,
                            finding.span,
                            std::move(finding.message),
                            std::move(finding.help),
                            std::move(finding.related),
                            {},
                            std::move(finding.fix)});
      } else if (reports_[place->second].fix != finding.fix) {
        reports_[place->second].fix.reset();
      }
      indices.push_back(place->second);
    }
    return indices;
  }

  void HoldOn(const Indices& indices, std::size_t target) {
    for (const std::size_t index : indices) {
      std::vector<std::size_t>& targets = reports_[index].targets;
      if (targets.empty() || targets.back() != target) targets.push_back(target);
    }
  }

  // "1000 more findings of SL101 ...", one for each rule that found too much.
  std::vector<schema::Related> LeftOut() const {
    std::vector<schema::Related> notes;
    for (const auto& [rule, more] : left_out_) {
      notes.push_back({{},
                       rules::Counted(more, "more finding") + " of " + std::string(rule->id) + " " +
                           (more == 1 ? "is" : "are") + " not listed"});
    }
    std::ranges::sort(notes, {}, &schema::Related::message);
    return notes;
  }

  // By place, then by rule.
  std::vector<Report> Sorted() && {
    std::ranges::stable_sort(reports_, {}, [](const Report& report) {
      return std::tuple(report.span.begin, report.rule->id);
    });
    return std::move(reports_);
  }

 private:
  using Key = std::tuple<std::string_view, std::size_t, std::size_t, rules::Severity, std::string>;
  const Severities& severities_;
  std::map<Key, std::size_t> index_;
  std::vector<Report> reports_;
  std::map<const Rule*, std::size_t> left_out_;  // how many, on some target
};

}  // namespace

schema::Result<std::vector<const Rule*>> FindRules(std::string_view name) {
  std::vector<const Rule*> found;
  for (const Rule* rule : rules::AllRules()) {
    const bool by_prefix = name.size() > 2 && name.starts_with("SL") && rule->id.starts_with(name);
    if (name == "all" || by_prefix || rule->name == name) found.push_back(rule);
  }
  if (found.empty()) {
    return schema::Error{schema::ErrorCode::kInvalid,
                         "no rule is called \"" + std::string(name) + "\": see seccomp-lint rules",
                         0};
  }
  return found;
}

schema::Status Selection::Select(std::string_view name) { return AddRules(name, selected_); }
schema::Status Selection::Ignore(std::string_view name) { return AddRules(name, ignored_); }

bool Selection::Runs(const Rule& rule) const {
  if (Contains(ignored_, rule)) return false;
  return selected_.empty() ? rule.on_by_default : Contains(selected_, rule);
}

namespace {

struct Outcome {
  FileReport report;
  std::optional<Profile> profile;
  std::map<ResolutionKey, Meaning> meanings;  // of the profile
};

Outcome CheckOn(std::string path, std::string text, const Options& options) {
  schema::json::ReadResult json = schema::json::Read(std::move(text));
  std::optional<schema::profile::ParseResult> parsed;
  if (json.valid) parsed = schema::profile::Parse(json.document);
  const Profile* profile = parsed && parsed->profile ? &*parsed->profile : nullptr;

  std::vector<const Rule*> running;
  for (const Rule* rule : rules::AllRules()) {
    if (options.selection.Runs(*rule)) running.push_back(rule);
  }
  // Targets on which the profile means the same share its meaning, and what the rules that read no
  // more find in it.
  std::map<ResolutionKey, Meaning> meanings;
  std::map<std::tuple<const Rule*, const Meaning*, schema::kernel::Engine>, Findings::Indices>
      found;
  const Meaning nothing(NoProfile());
  Findings findings(options.severities);
  for (std::size_t i = 0; i < options.targets.size(); ++i) {
    const Target& target = options.targets[i];
    const Meaning* meaning = &nothing;
    if (profile != nullptr) {
      auto key = schema::policy::KeyOf(*profile, target);
      auto place = meanings.find(key);
      if (place == meanings.end()) {
        place = meanings.emplace(std::move(key), Meaning(schema::policy::Resolve(*profile, target)))
                    .first;
      }
      meaning = &place->second;
    }
    const rules::Context context{
        json,
        parsed ? &*parsed : nullptr,
        profile,
        meaning->policy ? &*meaning->policy : nullptr,
        profile != nullptr && meaning->unresolved ? &*meaning->unresolved : nullptr,
        meaning->conflicts,
        target};
    for (const Rule* rule : running) {
      if (rule->reads == rules::Reads::kTarget) {
        findings.HoldOn(findings.Add(*rule, rule->check(context)), i);
        continue;
      }
      const auto key = rule->reads == rules::Reads::kPolicy
                           ? std::tuple(rule, meaning, target.engine)
                           : std::tuple(rule, &nothing, schema::kernel::Engine());
      const auto [place, is_new] = found.try_emplace(key);
      if (is_new) place->second = findings.Add(*rule, rule->check(context));
      findings.HoldOn(place->second, i);
    }
  }
  FileReport file{std::move(path), std::move(json.document), {}, {}, {}};
  file.notes = findings.LeftOut();
  Suppressions suppressions(profile);
  for (Report& report : std::move(findings).Sorted()) {
    if (const auto reason = suppressions.ReasonFor(*report.rule, report.span)) {
      report.accepted = Acceptance{false, std::string(*reason)};
    }
    (report.accepted ? file.suppressed : file.reports).push_back(std::move(report));
  }
  std::ranges::move(suppressions.Notes(file.document.text, options.selection),
                    std::back_inserter(file.notes));
  Outcome outcome{std::move(file), {}, std::move(meanings)};
  if (parsed) outcome.profile = std::move(parsed->profile);
  return outcome;
}

}  // namespace

FileReport Check(std::string path, std::string text, const Options& options) {
  return CheckOn(std::move(path), std::move(text), options).report;
}

Checked CheckAndResolve(std::string path, std::string text, const Target& target,
                        const Selection& selection) {
  Outcome outcome = CheckOn(std::move(path), std::move(text), {{target}, selection});
  if (!outcome.profile) return {std::move(outcome.report), {}, NoProfile()};
  return {std::move(outcome.report), std::move(outcome.profile),
          std::move(outcome.meanings.begin()->second.policy)};
}

std::size_t Count(const FileReport& file, rules::Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(file.reports, severity, &Report::severity));
}

}  // namespace lint::engine
