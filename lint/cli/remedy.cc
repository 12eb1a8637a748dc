#include "lint/cli/remedy.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <set>
#include <utility>

#include "lint/cli/change.h"
#include "lint/cli/placed_call.h"
#include "lint/rules/places.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/difference.h"
#include "schema/policy/region.h"

namespace lint::cli {
namespace {

using schema::kernel::Action;
using schema::kernel::Target;
using schema::policy::Clause;
using schema::policy::Policy;
using schema::profile::Profile;
using schema::profile::Rule;

using Apply = std::function<void(Profile&, Target&)>;

// A change of the profile or of what it is loaded on.
struct Edit {
  Remedy remedy;
  Apply apply;
  bool wide = false;  // it may allow other calls too
};

Remedy MakeRemedy(std::string_view kind, std::string text,
                  std::optional<std::size_t> rule = std::nullopt) {
  Remedy remedy;
  remedy.kind = kind;
  remedy.text = std::move(text);
  remedy.rule = rule;
  return remedy;
}

template <class T>
schema::Spanned<T> Unplaced(T value) {
  return {std::move(value), {}};
}

// What of the machine keeps rules from allowing the call.
void AddTargetEdits(const Profile& profile, const Policy& policy, const PlacedCall& placed,
                    std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
    const Rule& rule = profile.syscalls[i];
    if (!rule.includes || !Names(rule, placed.name)) continue;
    if (schema::policy::Applies(rule, placed.target)) continue;
    const auto missing = MissingCapabilities(rule, placed.target);
    if (!missing.empty()) {
      const auto grant = [missing](Profile&, Target& target) {
        for (const std::string& cap : missing) {
          target.capabilities.Add(*schema::kernel::ParseCapability(cap));
        }
      };
      edits.push_back(
          {MakeRemedy("grant-capability", "grant " + rules::Listed(missing), i), grant, true});
    }
    if (rule.includes->min_kernel && placed.target.kernel < rule.includes->min_kernel->value) {
      const auto release = rule.includes->min_kernel->value;
      edits.push_back(
          {MakeRemedy("newer-kernel", "run it on Linux " + ToString(release) + " or later", i),
           [release](Profile&, Target& target) { target.kernel = release; }, true});
    }
  }
  const auto dropped = std::ranges::find_if(
      policy.dropped, [&](const auto& item) { return item.name.value == placed.name; });
  const auto* syscall = schema::kernel::FindSyscall(placed.name);
  if (dropped == policy.dropped.end() || syscall == nullptr) return;
  for (const auto& release : schema::kernel::LibseccompReleases()) {
    if (release.syscalls_until < syscall->since) continue;
    edits.push_back({MakeRemedy("newer-libseccomp",
                                "run it with libseccomp " + ToString(release.version) +
                                    " or later, which knows the name",
                                dropped->rule),
                     [release](Profile&, Target& target) { target.libseccomp = release; }, true});
    return;
  }
}

using Predicate = std::function<bool(schema::kernel::Verdict)>;
using RuleNames = std::set<std::pair<std::size_t, std::size_t>>;  // rule, name

// The names by which rules give the call such a verdict, a multiplexed call's own among them.
RuleNames NamesThatGive(const Policy& policy, const PlacedCall& placed, const Predicate& verdict) {
  RuleNames names;
  for (const Clause& clause : ClausesOf(policy, placed)) {
    if (verdict(clause.verdict)) names.emplace(clause.rule, clause.name);
  }
  return names;
}

std::optional<Edit> Without(const RuleNames& denials, const Profile& profile) {
  if (denials.empty()) return std::nullopt;
  std::string text;
  for (const auto& [rule, name] : denials) {
    const auto names = profile.syscalls[rule].AllNames();
    text += (text.empty() ? "" : ", and ") +
            (names.size() == 1 ? "drop" : "take " + names[name].value + " out of") + " rule " +
            std::to_string(rule);
  }
  const auto remove = [denials](Profile& changed, Target&) {
    for (auto denial = denials.rbegin(); denial != denials.rend(); ++denial) {
      Rule& rule = changed.syscalls[denial->first];
      if (rule.name && !rule.name->value.empty()) {
        rule.name.reset();
        rule.names.clear();
      } else {
        rule.names.erase(rule.names.begin() + static_cast<std::ptrdiff_t>(denial->second));
      }
    }
  };
  return Edit{MakeRemedy("remove-name", text, denials.begin()->first), remove};
}

// Rules about nothing else that allow what they deny.
std::optional<Edit> WithAction(const RuleNames& denials, const Profile& profile) {
  if (denials.empty()) return std::nullopt;
  std::string text;
  for (const auto& [rule, name] : denials) {
    if (profile.syscalls[rule].AllNames().size() != 1) return std::nullopt;
    text += (text.empty() ? "" : " and ") + std::to_string(rule);
  }
  const auto allow = [denials](Profile& changed, Target&) {
    for (const auto& [rule, name] : denials) {
      changed.syscalls[rule].action = Unplaced(Action::kAllow);
    }
  };
  return Edit{MakeRemedy("change-action", "give rule " + text + " the action SCMP_ACT_ALLOW",
                         denials.begin()->first),
              allow};
}

// A rule that allows this call alone, on conditions.
std::optional<Edit> WithoutConditions(const Profile& profile, const Policy& policy,
                                      const PlacedCall& placed) {
  for (const Clause& clause : ClausesOf(policy, placed)) {
    const std::size_t rule = clause.rule;
    if (clause.verdict.action != Action::kAllow || clause.conditions.empty() ||
        clause.through_multiplexer || profile.syscalls[rule].AllNames().size() != 1) {
      continue;
    }
    return Edit{MakeRemedy("relax-rule",
                           "drop the conditions (args) of rule " + std::to_string(rule), rule),
                [rule](Profile& changed, Target&) { changed.syscalls[rule].args.clear(); }};
  }
  return std::nullopt;
}

std::optional<Edit> WithArchitecture(const Profile& profile, const Policy& policy,
                                     const PlacedCall& placed) {
  if (!placed.architecture || policy.Find(*placed.architecture) != nullptr) return std::nullopt;
  const auto architecture = *placed.architecture;
  const auto own = placed.target.architecture;
  const std::string word(schema::kernel::Facts(architecture).scmp_name);
  const bool map = profile.arch_map && !profile.arch_map->value.empty();
  const auto add = [=](Profile& changed, Target&) {
    if (!map) {
      if (!changed.architectures) changed.architectures.emplace();
      changed.architectures->value.push_back(Unplaced(architecture));
      return;
    }
    changed.arch_map->value.push_back({{}, Unplaced(own), {Unplaced(architecture)}});
  };
  const std::string where =
      map ? "the subArchitectures of " + std::string(schema::kernel::Facts(own).scmp_name)
          : "architectures";
  return Edit{MakeRemedy("add-architecture",
                         "add " + word + " to " + where + ", so that the rules count there too"),
              add, true};
}

Edit WithRule(const PlacedCall& placed) {
  const boost::json::object json = {{"names", boost::json::array{placed.name}},
                                    {"action", "SCMP_ACT_ALLOW"}};
  const auto add = [name = placed.name](Profile& changed, Target&) {
    Rule rule;
    rule.names.push_back(Unplaced(name));
    rule.action = Unplaced(Action::kAllow);
    changed.syscalls.push_back(std::move(rule));
  };
  Remedy remedy = MakeRemedy("add-rule", "add the rule");
  remedy.added = boost::json::serialize(json);
  remedy.text += " " + remedy.added;
  return {std::move(remedy), add};
}

Edit Joined(const Edit& first, const Edit& second) {
  Edit both = first;
  both.remedy.text += " and " + second.remedy.text;
  both.remedy.added = second.remedy.added;
  both.wide = first.wide || second.wide;
  both.apply = [one = first.apply, two = second.apply](Profile& profile, Target& target) {
    one(profile, target);
    two(profile, target);
  };
  return both;
}

// Calls that the change allows beside this one.
std::optional<std::size_t> OthersAllowed(const Policy& before, const Policy& after,
                                         const PlacedCall& placed) {
  const auto differences = schema::policy::FindDifferences(before, after);
  if (!differences) return std::nullopt;
  std::set<std::string_view> names;
  std::size_t of_architectures = 0;
  for (const auto& difference : *differences) {
    if (EffectOf(difference) != Effect::kAllowed) continue;
    using Scope = schema::policy::Difference::Scope;
    if (difference.scope == Scope::kCall && difference.name != placed.name) {
      names.insert(difference.name);
    }
    if (difference.scope != Scope::kArchitecture) continue;
    if (difference.new_verdict == after.default_verdict) return std::nullopt;  // most of them
    of_architectures += difference.calls;
  }
  return names.size() + of_architectures - (of_architectures > 0 ? 1 : 0);
}

// What the edit leads to, if the call is then allowed, for some of the arguments at least.
std::optional<Remedy> Try(const Edit& edit, const Profile& profile, const Policy& policy,
                          const PlacedCall& placed, schema::policy::ResolveOptions options,
                          const Predicate& in_question) {
  Profile changed = profile;
  Target target = placed.target;
  edit.apply(changed, target);
  const auto after = schema::policy::Resolve(changed, target, options);
  if (!after) return std::nullopt;
  const auto gain =
      schema::policy::GainOf(policy, *after, placed.architecture, placed.call(), in_question);
  if (!gain || (!gain->all && gain->when.empty())) return std::nullopt;
  Remedy remedy = edit.remedy;
  remedy.when = gain->when;
  remedy.others = edit.wide ? OthersAllowed(policy, *after, placed) : 0;
  return remedy;
}

}  // namespace

std::vector<std::string> MissingCapabilities(const Rule& rule, const Target& target) {
  std::vector<std::string> missing;
  if (!rule.includes) return missing;
  for (const auto& cap : rule.includes->caps) {
    const auto number = schema::kernel::ParseCapability(cap.value);
    if (number && !target.capabilities.Has(*number)) missing.push_back(cap.value);
  }
  return missing;
}

std::vector<Remedy> FindRemedies(const Profile& profile, const Policy& policy,
                                 const PlacedCall& placed, schema::policy::ResolveOptions options,
                                 const Predicate& in_question) {
  std::vector<Remedy> remedies;
  if (!placed.architecture || !placed.number || placed.name.empty()) return remedies;
  const auto attempt = [&](const Edit& edit) {
    auto remedy = Try(edit, profile, policy, placed, options, in_question);
    if (!remedy) return false;
    const auto same = [&](const Remedy& other) { return other.text == remedy->text; };
    if (std::ranges::none_of(remedies, same)) remedies.push_back(std::move(*remedy));
    return true;
  };
  const RuleNames in_the_way = NamesThatGive(policy, placed, in_question);
  const RuleNames all = NamesThatGive(policy, placed, [](schema::kernel::Verdict verdict) {
    return verdict.action != Action::kAllow;
  });
  std::vector<Edit> first;  // which alone or with a rule may be enough
  AddTargetEdits(profile, policy, placed, first);
  const auto add = [&](std::optional<Edit> edit) {
    if (edit) first.push_back(std::move(*edit));
  };
  add(WithArchitecture(profile, policy, placed));
  add(Without(in_the_way, profile));
  std::erase_if(first, attempt);
  for (const auto& edit :
       {WithAction(in_the_way, profile), WithoutConditions(profile, policy, placed)}) {
    if (edit) attempt(*edit);
  }
  const Edit rule = WithRule(placed);
  if (!attempt(rule)) {
    if (all != in_the_way) add(Without(all, profile));
    for (const Edit& edit : first) attempt(Joined(edit, rule));
  }
  const auto others = [](const Remedy& remedy) { return remedy.others.value_or(SIZE_MAX); };
  std::ranges::stable_sort(remedies, {}, others);
  return remedies;
}

}  // namespace lint::cli
