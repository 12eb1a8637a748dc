#include "lint/engine/engine.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "lint/engine/profile_file.h"
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
using schema::profile::Form;
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

using Meanings = std::map<ResolutionKey, Meaning>;

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
      const auto place = std::ranges::lower_bound(targets, target);
      if (place == targets.end() || *place != target) targets.insert(place, target);
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
    std::ranges::stable_sort(reports_, {}, &PlaceOf);
    // What is unsafe on one target is so on each, where a rule may say something else of it.
    for (const Report& report : reports_) {
      if (!report.fix || report.fix->safe) continue;
      const auto place = PlaceOf(report);
      for (auto other = std::ranges::lower_bound(reports_, place, {}, &PlaceOf);
           other != reports_.end() && PlaceOf(*other) == place; ++other) {
        if (other->fix && other->fix->edits == report.fix->edits) other->fix = report.fix;
      }
    }
    return std::move(reports_);
  }

 private:
  static std::pair<std::size_t, std::string_view> PlaceOf(const Report& report) {
    return {report.span.begin, report.rule->id};
  }

  using Key = std::tuple<std::string_view, std::size_t, std::size_t, rules::Severity, std::string>;
  const Severities& severities_;
  std::map<Key, std::size_t> index_;
  std::vector<Report> reports_;
  std::map<const Rule*, std::size_t> left_out_;  // how many, on some target
};

// A profile of the file, for the engines that take it for one.
struct View {
  Form form = Form::kDocker;
  std::optional<schema::profile::ParseResult> parsed;  // std::nullopt: the text is not valid
  bool (*is_for)(schema::kernel::Engine) = [](schema::kernel::Engine) { return true; };

  const Profile* profile() const { return parsed && parsed->profile ? &*parsed->profile : nullptr; }
};

// At least one.
std::vector<View> ViewsOf(ProfileFile& file, const Options& options) {
  using schema::kernel::Engine;
  std::vector<View> views;
  for (ParsedProfile& profile : file.profiles) {
    views.push_back({profile.form, std::move(profile.parsed)});
    if (profile.form != Form::kOci || !options.engine_is_named) continue;
    views.back().is_for = [](Engine engine) { return engine == Engine::kOci; };
    views.push_back({Form::kDocker, schema::profile::Parse(file.text.document),
                     [](Engine engine) { return engine != Engine::kOci; }});
  }
  if (views.empty()) views.emplace_back();
  return views;
}

// What the rules find in one profile, and what it means.
Meanings CheckView(const View& view, const schema::json::ReadResult& text,
                   const std::vector<Target>& targets, const std::vector<const Rule*>& running,
                   Findings& findings) {
  const Profile* profile = view.profile();
  // Targets on which the profile means the same share its meaning, and what the rules that read no
  // more find in it.
  Meanings meanings;
  std::map<std::tuple<const Rule*, const Meaning*, schema::kernel::Engine>, Findings::Indices>
      found;
  const Meaning nothing(NoProfile());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Target& target = targets[i];
    if (!view.is_for(target.engine)) continue;
    const Meaning* meaning = &nothing;
    if (profile != nullptr) {
      auto key = schema::policy::KeyOf(*profile, target);
      auto place = meanings.find(key);
      if (place == meanings.end()) {
        Meaning found_out(schema::policy::Resolve(*profile, target));
        place = meanings.emplace(std::move(key), std::move(found_out)).first;
      }
      meaning = &place->second;
    }
    const rules::Context context{
        text,
        view.parsed ? &*view.parsed : nullptr,
        profile,
        meaning->policy ? &*meaning->policy : nullptr,
        profile != nullptr && meaning->unresolved ? &*meaning->unresolved : nullptr,
        meaning->conflicts,
        target};
    for (const Rule* rule : running) {
      if (rule->from_absence && profile != nullptr && profile->base_profile) continue;
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
  return meanings;
}

schema::Related NoteOnBase(const schema::Spanned<std::string>& base) {
  return {base.span,
          "the operator adds the rules of " + base.value +
              " to these: what is found here is about this file alone, and nothing is said of "
              "calls that it does not allow"};
}

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

bool Selection::Ignores(const Rule& rule) const { return Contains(ignored_, rule); }

bool Selection::Runs(const Rule& rule) const {
  if (Ignores(rule)) return false;
  return selected_.empty() ? rule.on_by_default : Contains(selected_, rule);
}

namespace {

struct Outcome {
  FileReport report;
  std::vector<View> views;
  std::vector<Meanings> meanings;  // by view
};

Outcome CheckOn(std::string path, std::string text, const Options& options) {
  ProfileFile read = ReadProfileFile(path, std::move(text), options.all_forms);
  std::vector<View> views = ViewsOf(read, options);
  FileReport file{std::move(path), {}, {}, {}, {}};
  if (!options.engine_is_named && views.front().form != Form::kDocker) {
    file.targets = options.targets;
    SetEngineFor(views.front().form, file.targets);
  }
  std::vector<const Rule*> running;
  // Where there is no profile, no rule that was selected says so by finding nothing.
  const bool is_blank =
      std::ranges::none_of(views, [](const View& view) { return view.profile(); });
  for (const Rule* rule : rules::AllRules()) {
    const bool says_why = is_blank && rule->id.starts_with("SL0");
    if (options.selection.Runs(*rule) || (says_why && !options.selection.Ignores(*rule))) {
      running.push_back(rule);
    }
  }
  Findings findings(options.severities);
  std::vector<Meanings> meanings;
  std::vector<const Profile*> profiles;
  for (const View& view : views) {
    meanings.push_back(CheckView(view, read.text, TargetsOf(file, options), running, findings));
    if (view.profile() != nullptr) profiles.push_back(view.profile());
  }
  file.document = std::move(read.text.document);
  file.notes = findings.LeftOut();
  // Fixes are made of JSON, and proved of one profile.
  const bool can_fix = file.document.language == schema::json::Language::kJson && views.size() == 1;
  Suppressions suppressions(profiles, file.document);
  for (Report& report : std::move(findings).Sorted()) {
    if (!can_fix) report.fix.reset();
    if (const auto reason = suppressions.ReasonFor(*report.rule, report.span)) {
      report.accepted = Acceptance{false, std::string(*reason)};
    }
    (report.accepted ? file.suppressed : file.reports).push_back(std::move(report));
  }
  std::ranges::move(suppressions.Notes(file.document.text, options.selection),
                    std::back_inserter(file.notes));
  for (const Profile* profile : profiles) {
    if (profile->base_profile) file.notes.push_back(NoteOnBase(*profile->base_profile));
  }
  return {std::move(file), std::move(views), std::move(meanings)};
}

}  // namespace

FileReport Check(std::string path, std::string text, const Options& options) {
  return CheckOn(std::move(path), std::move(text), options).report;
}

Checked CheckAndResolve(std::string path, std::string text, const Target& target,
                        const Selection& selection) {
  Outcome outcome = CheckOn(std::move(path), std::move(text), {{target}, selection});
  View& view = outcome.views.front();
  if (view.profile() == nullptr) return {std::move(outcome.report), {}, NoProfile()};
  return {std::move(outcome.report), std::move(view.parsed->profile),
          std::move(outcome.meanings.front().begin()->second.policy)};
}

void KeepOnly(FileReport& file, rules::Severity severity) {
  std::erase_if(file.reports, [&](const Report& report) { return report.severity != severity; });
}

std::size_t Count(const FileReport& file, rules::Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(file.reports, severity, &Report::severity));
}

}  // namespace lint::engine
