#include "lint/engine/fix_text.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "lint/engine/profile_file.h"
#include "schema/json/reader.h"
#include "schema/policy/conflict.h"
#include "schema/policy/difference.h"
#include "schema/policy/resolve.h"
#include "schema/profile/parser.h"

namespace lint::engine {
namespace {

using rules::Edit;
using rules::Fix;
using schema::policy::ArchitecturePolicy;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Policy;
using schema::profile::Profile;

// Fixes wait for a later round where they overlap, and a fix may lead to another. A round removes
// at least half of what overlaps.
constexpr std::size_t kMaxRounds = 100;

constexpr std::string_view kJsonName = ".json";

std::optional<Profile> ProfileOf(const std::string& text, bool all_forms) {
  // Fixes are made of JSON alone.
  ProfileFile file = ReadProfileFile(kJsonName, text, all_forms);
  if (file.profiles.size() != 1) return std::nullopt;
  return std::move(file.profiles.front().parsed.profile);
}

// What decides in a call, in order and without what is said again.
std::vector<std::string> Said(const CallPolicy& call) {
  std::vector<std::string> said;
  for (const Clause& clause : call.clauses) {
    std::vector<std::string> conditions;
    for (const auto& condition : clause.conditions) conditions.push_back(ToString(condition));
    std::ranges::sort(conditions);
    std::string line = clause.through_multiplexer ? "through a multiplexer " : "";
    for (const std::string& condition : conditions) line += condition + " and ";
    line += ToString(clause.verdict);
    if (std::ranges::find(said, line) == said.end()) said.push_back(std::move(line));
  }
  return said;
}

bool SaySame(const ArchitecturePolicy& before, const ArchitecturePolicy& after) {
  return before.architecture == after.architecture &&
         std::ranges::equal(before.calls, after.calls,
                            [](const CallPolicy& a, const CallPolicy& b) {
                              return a.number == b.number && Said(a) == Said(b);
                            });
}

bool MeanSame(const Policy& before, const Policy& after) {
  const auto differences = schema::policy::FindDifferences(before, after);
  if (differences) return differences->empty() && before.flags == after.flags;
  // What an ambiguous policy means is an engine's affair. Where the rules that decide are the same
  // ones in the same order, it is the same for each engine.
  return before.default_verdict == after.default_verdict && before.flags == after.flags &&
         std::ranges::equal(before.architectures, after.architectures, &SaySame);
}

// Of policies with the same default.
bool HaveSameHorizons(const Policy& before, const Policy& after) {
  const schema::kernel::Verdict beyond{schema::kernel::Action::kErrno, ENOSYS};
  if (before.default_verdict == beyond) return true;  // where they stand makes no difference
  return std::ranges::equal(before.architectures, after.architectures, {},
                            &ArchitecturePolicy::horizon, &ArchitecturePolicy::horizon);
}

bool MeanSameOn(const schema::kernel::Target& target, const Profile& before, const Profile& after) {
  const auto old_policy = schema::policy::Resolve(before, target);
  const auto new_policy = schema::policy::Resolve(after, target);
  if (!old_policy || !new_policy) return !old_policy && !new_policy;
  if (!MeanSame(*old_policy, *new_policy)) return false;
  const schema::policy::ResolveOptions with_horizon{.enosys_horizon = true};
  const auto old_horizon = schema::policy::Resolve(before, target, with_horizon);
  const auto new_horizon = schema::policy::Resolve(after, target, with_horizon);
  return old_horizon && new_horizon && HaveSameHorizons(*old_horizon, *new_horizon);
}

// What a fix does to what the profile means.
enum class Effect {
  kNone,
  kElsewhere,  // none on the targets that are checked for, some on another
  kSome,
};

// Targets that between them bring out all that a profile can be told apart by: architectures, the
// capabilities that its rules ask for, kernels.
std::vector<schema::kernel::Target> TargetsElsewhere(const schema::kernel::Target& like) {
  using schema::kernel::CapabilitySet;
  std::vector<schema::kernel::Target> targets;
  for (const auto& architecture : schema::kernel::Architectures()) {
    for (const auto caps : {CapabilitySet(), CapabilitySet::Docker(), CapabilitySet::All()}) {
      for (const auto kernel :
           {schema::kernel::KernelVersion{3, 17}, like.kernel, schema::kernel::kSyscallsUntil}) {
        schema::kernel::Target target = like;
        target.architecture = architecture.architecture;
        target.capabilities = caps;
        target.kernel = kernel;
        targets.push_back(target);
      }
    }
  }
  return targets;
}

Effect EffectOf(const std::string& before, const std::string& after, bool all_forms,
                const std::vector<schema::kernel::Target>& targets) {
  const auto old_profile = ProfileOf(before, all_forms);
  const auto new_profile = ProfileOf(after, all_forms);
  if (!old_profile || !new_profile) return Effect::kSome;
  // Once for those targets that Resolve cannot tell apart.
  std::set<std::pair<schema::policy::ResolutionKey, schema::policy::ResolutionKey>> done;
  const auto is_same_on = [&](const schema::kernel::Target& target) {
    std::pair key{schema::policy::KeyOf(*old_profile, target),
                  schema::policy::KeyOf(*new_profile, target)};
    return !done.insert(std::move(key)).second || MeanSameOn(target, *old_profile, *new_profile);
  };
  if (!std::ranges::all_of(targets, is_same_on)) {
    // What a profile means that is incomplete or contradicts itself is nobody's to promise.
    const bool is_open =
        !old_profile->complete || std::ranges::any_of(targets, [&](const auto& target) {
          const auto policy = schema::policy::Resolve(*old_profile, target);
          return policy && !schema::policy::FindConflicts(*policy).empty();
        });
    return is_open ? Effect::kElsewhere : Effect::kSome;
  }
  const auto elsewhere = TargetsElsewhere(targets.front());
  return std::ranges::all_of(elsewhere, is_same_on) ? Effect::kNone : Effect::kElsewhere;
}

// Of two edits at one place where one inserts, it would be chance which comes first.
bool Collide(const Edit& a, const Edit& b) {
  const bool inserts = a.span.begin == a.span.end || b.span.begin == b.span.end;
  const bool apart = inserts ? a.span.end < b.span.begin || b.span.end < a.span.begin
                             : a.span.end <= b.span.begin || b.span.end <= a.span.begin;
  return !apart;
}

// Edits of one text, ascending and apart.
class EditSet {
 public:
  bool Takes(const Fix& fix) const {
    return std::ranges::none_of(fix.edits, [&](const Edit& edit) {
      auto near = edits_.lower_bound(edit.span.begin);
      if (near != edits_.end() && Collide(near->second, edit)) return true;
      return near != edits_.begin() && Collide((--near)->second, edit);
    });
  }
  void Add(const Fix& fix) {
    for (const Edit& edit : fix.edits) edits_.emplace(edit.span.begin, edit);
  }
  std::vector<Edit> All() const {
    std::vector<Edit> all;
    for (const auto& [begin, edit] : edits_) all.push_back(edit);
    return all;
  }

 private:
  std::map<std::size_t, Edit> edits_;
};

class Fixer {
 public:
  Fixer(std::string path, const Options& options, const FixOptions& fix_options)
      : path_(std::move(path)), options_(options), fix_options_(fix_options) {}

  FixedFile Run(std::string text) {
    Look(std::move(text));
    for (std::size_t round = 0; round < kMaxRounds; ++round) {
      if (!Improve(true) && !(fix_options_.unsafe && Improve(false))) break;
    }
    for (const Report& report : file_.report.reports) {
      if (report.fix && !IsSafe(report)) ++file_.unsafe_left;
    }
    return std::move(file_);
  }

 private:
  using Name = std::pair<std::string_view, std::string>;
  static Name NameOf(const Report& report) { return {report.rule->id, report.message}; }

  bool IsSafe(const Report& report) const {
    return report.fix->safe && !elsewhere_.contains(NameOf(report));
  }

  void Look(std::string text) {
    file_.report = Check(path_, std::move(text), options_);
    fix_options_.accept(file_.report);
  }

  // A pass over the findings. False: none of their fixes can be made.
  bool Improve(bool safe) {
    const std::string& text = file_.report.document.text;
    std::vector<const Report*> chosen;
    EditSet edits;
    for (const Report& report : file_.report.reports) {
      const bool wanted = report.fix && IsSafe(report) == safe && !report.fix->edits.empty();
      if (!wanted || refused_.contains(NameOf(report)) || !edits.Takes(*report.fix)) continue;
      edits.Add(*report.fix);
      chosen.push_back(&report);
    }
    if (chosen.empty()) return false;
    std::string fixed = Applied(text, edits.All());
    std::size_t count = chosen.size();
    if (Judge(fixed, safe) != Effect::kNone) std::tie(fixed, count) = OneByOne(chosen, safe);
    if (count == 0) return false;
    file_.fixed += count;
    elsewhere_.clear();  // that was of the text before
    Look(std::move(fixed));
    return true;
  }

  Effect Judge(const std::string& fixed, bool safe) const {
    if (!schema::json::Read(fixed).valid) return Effect::kSome;
    return safe ? EffectOf(file_.report.document.text, fixed, options_.all_forms,
                           TargetsOf(file_.report, options_))
                : Effect::kNone;
  }

  // Of the fixes that cannot be made together, those that can. One that only the others before it
  // hinder is left for the next look: what is said of it there may be something else.
  std::pair<std::string, std::size_t> OneByOne(const std::vector<const Report*>& reports,
                                               bool safe) {
    std::string good = file_.report.document.text;
    EditSet edits;
    std::size_t count = 0;
    for (const Report* report : reports) {
      EditSet more = edits;
      more.Add(*report->fix);
      std::string fixed = Applied(file_.report.document.text, more.All());
      Effect effect = Judge(fixed, safe);
      if (effect != Effect::kNone && count > 0) {
        EditSet alone;
        alone.Add(*report->fix);
        effect = Judge(Applied(file_.report.document.text, alone.All()), safe);
        if (effect == Effect::kNone) continue;
      }
      if (effect == Effect::kNone) {
        edits = std::move(more);
        good = std::move(fixed);
        ++count;
      } else if (effect == Effect::kElsewhere) {
        elsewhere_.insert(NameOf(*report));
      } else if (refused_.insert(NameOf(*report)).second) {
        file_.refused.push_back(std::string(report->rule->id) + " " +
                                std::string(report->rule->name) + ": " + report->fix->summary);
      }
    }
    return {std::move(good), count};
  }

  std::string path_;
  const Options& options_;
  const FixOptions& fix_options_;
  FixedFile file_;
  std::set<Name> refused_;
  std::set<Name> elsewhere_;  // called safe, and so on the targets alone: taken for unsafe ones
};

}  // namespace

FixedFile FixText(std::string path, std::string text, const Options& options,
                  const FixOptions& fix_options) {
  return Fixer(std::move(path), options, fix_options).Run(std::move(text));
}

std::string Applied(std::string_view text, const std::vector<Edit>& edits) {
  std::string result;
  std::size_t copied = 0;
  for (const Edit& edit : edits) {
    result += text.substr(copied, edit.span.begin - copied);
    result += edit.text;
    copied = edit.span.end;
  }
  result += text.substr(copied);
  return result;
}

}  // namespace lint::engine
