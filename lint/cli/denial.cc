#include "lint/cli/denial.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "lint/rules/places.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/syscall.h"
#include "schema/policy/resolve.h"

namespace lint::cli {
namespace {

using schema::kernel::Action;
using schema::kernel::AuditRecord;
using schema::kernel::KernelVersion;
using schema::kernel::Target;
using schema::kernel::Verdict;
using schema::policy::CallOutcome;
using schema::policy::Policy;
using schema::profile::Conditions;
using schema::profile::Profile;
using schema::profile::Rule;

constexpr std::uint32_t kSigkill = 9;
constexpr std::uint32_t kFlagLog = 2;  // SECCOMP_FILTER_FLAG_LOG, linux/seccomp.h

std::string ArchName(const PlacedCall& placed) {
  return std::string(schema::kernel::Facts(*placed.architecture).name);
}

std::string Only(std::string_view what, KernelVersion release, const Target& target) {
  return std::string(what) + " Linux " + ToString(release) + " (minKernel); the target has " +
         ToString(target.kernel);
}

std::string Join(const std::vector<schema::Spanned<std::string>>& words) {
  std::vector<std::string> texts;
  texts.reserve(words.size());
  for (const auto& word : words) texts.push_back(word.value);
  return rules::Listed(texts);
}

// Why the rule does not apply on the target: "only with CAP_SYS_ADMIN, which is not in the bounding
// set".
std::string WhyNot(const Rule& rule, const Target& target) {
  const std::string docker_name(schema::kernel::Facts(target.architecture).docker_name);
  if (rule.includes) {
    const Conditions& includes = *rule.includes;
    if (const auto missing = MissingCapabilities(rule, target); !missing.empty()) {
      return "only with " + rules::Listed(missing) + ", which the bounding set lacks";
    }
    if (includes.min_kernel && target.kernel < includes.min_kernel->value) {
      return Only("only from", includes.min_kernel->value, target);
    }
    const auto lists = [&](const auto& arch) { return arch.value == docker_name; };
    if (!includes.arches.empty() && std::ranges::none_of(includes.arches, lists)) {
      return "only on " + Join(includes.arches);
    }
    for (const auto& cap : includes.caps) {
      const auto number = schema::kernel::ParseCapability(cap.value);
      if (!number) return "only with " + cap.value + ", which is no capability";
      const auto since = schema::kernel::CapabilitySince(*number);
      if (since > target.kernel) {
        return "only with " + cap.value + ", which Linux has from " + ToString(since) + " on";
      }
    }
  }
  if (rule.excludes) {
    const Conditions& excludes = *rule.excludes;
    if (excludes.min_kernel && target.kernel >= excludes.min_kernel->value) {
      return Only("only before", excludes.min_kernel->value, target);
    }
    const auto lists = [&](const auto& arch) { return arch.value == docker_name; };
    if (std::ranges::any_of(excludes.arches, lists)) return "but not on " + docker_name;
    if (!excludes.caps.empty()) {
      return "but not with " + Join(excludes.caps) + ", of which the bounding set has one";
    }
  }
  return "but not on this target";
}

std::string ConditionText(const schema::policy::Clause& clause) {
  std::string text;
  for (const auto& condition : clause.conditions) {
    text += (text.empty() ? " if " : " and ") + ToString(condition);
  }
  return text;
}

// What the rule says of the call, by what became of it.
std::string OfRule(const Profile& profile, const Policy& policy, const PlacedCall& placed,
                   std::size_t index) {
  const Rule& rule = profile.syscalls[index];
  const auto verdict = schema::policy::VerdictOf(rule);
  const std::string gives = "gives " + (verdict ? ToString(*verdict) : std::string("nothing"));
  const Target& target = placed.target;
  if (!schema::policy::Applies(rule, target)) return gives + " " + WhyNot(rule, target);
  const bool dropped = std::ranges::any_of(policy.dropped, [&](const auto& item) {
    return item.rule == index && item.name.value == placed.name;
  });
  if (dropped) {
    return gives + ", but libseccomp " + ToString(target.libseccomp.version) +
           " does not know the name, which the engine then leaves out";
  }
  if (verdict == policy.default_verdict) return gives + ", as the default does: no effect";
  std::string conditions;
  bool found = false;
  for (const auto& clause : ClausesOf(policy, placed)) {
    if (clause.rule != index) continue;
    conditions += (found ? " or" : "") + ConditionText(clause);
    found = true;
  }
  if (!found) return gives + " on conditions that no arguments meet on " + ArchName(placed);
  return gives + conditions;
}

// The calls that a multiplexer such as socketcall carries out, by the rules that name them.
void AddMultiplexed(const Profile& profile, const Policy& policy, const PlacedCall& placed,
                    std::vector<Reason>& reasons) {
  std::map<std::size_t, std::vector<std::string>> names;
  std::map<std::size_t, Verdict> verdicts;
  for (const auto& clause : ClausesOf(policy, placed)) {
    if (!clause.through_multiplexer) continue;
    const auto& name = profile.syscalls[clause.rule].AllNames()[clause.name].value;
    names[clause.rule].push_back(name + ConditionText(clause));
    verdicts[clause.rule] = clause.verdict;
  }
  for (const auto& [rule, listed] : names) {
    constexpr std::size_t kShown = 4;
    reasons.push_back(
        {rule, "gives " + ToString(verdicts[rule]) +
                   " to the calls made through it: " + rules::Listed(listed, kShown)});
  }
}

std::vector<Reason> ReasonsOf(const Profile& profile, const Policy& policy,
                              const PlacedCall& placed, const std::vector<CallOutcome>& outcomes) {
  std::vector<Reason> reasons;
  const auto say = [&](std::string text) { reasons.push_back({std::nullopt, std::move(text)}); };
  const auto* part = placed.architecture ? policy.Find(*placed.architecture) : nullptr;
  if (placed.number == schema::kernel::kCancelledCall) {
    say("a tracer cancelled the call, which then has the number -1: no rule can name it");
    return reasons;
  }
  if (part == nullptr) {
    say("the profile's architectures do not include " +
        (placed.architecture ? ArchName(placed) : "this one") +
        ": libseccomp kills the threads of a foreign architecture");
    return reasons;
  }
  for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
    if (Names(profile.syscalls[i], placed.name)) {
      reasons.push_back({i, OfRule(profile, policy, placed, i)});
    }
  }
  AddMultiplexed(profile, policy, placed, reasons);
  const auto by_default =
      std::ranges::find_if(outcomes, [](const CallOutcome& item) { return item.by_default; });
  if (by_default == outcomes.end()) return reasons;
  if (part->horizon && *placed.number > *part->horizon) {
    say("the number lies beyond the profile's horizon, the highest that it names on " +
        ArchName(placed) + ": " + std::to_string(*part->horizon));
  } else if (placed.name.empty()) {
    say("Linux up to " + ToString(schema::kernel::kSyscallsUntil) + " has no call " +
        std::to_string(*placed.number) + " on " + ArchName(placed) +
        ": no rule can name it, and the default decides");
  } else {
    say(reasons.empty()                     ? "no rule names it: the default decides"
        : ClausesOf(policy, placed).empty() ? "no rule for it applies: the default decides"
                                            : "the default decides where no rule does");
  }
  return reasons;
}

// Of the record's action with what the kernel wrote of it: an errno seldom is.
bool IsOf(const AuditRecord& record, Verdict did, Verdict verdict) {
  const auto kills = [](Action action) {
    return action == Action::kKillThread || action == Action::kKillProcess;
  };
  if (record.some_kill && kills(verdict.action)) return true;
  return did.action == verdict.action && (did.data == 0 || did.data == verdict.data);
}

std::string MismatchOf(const AuditRecord& record, const Explanation& explanation) {
  if (record.signal == kSigkill) {
    return "SIGKILL says that the process was in seccomp's strict mode, which has no filter: no "
           "profile decided";
  }
  if (!explanation.did || explanation.outcomes.empty()) return "";
  if (explanation.did->action == Action::kAllow) {
    return "Linux records no call for being allowed: this line is not the kernel's";
  }
  const bool possible = std::ranges::any_of(explanation.outcomes, [&](const CallOutcome& outcome) {
    return IsOf(record, *explanation.did, outcome.verdict);
  });
  if (possible) return "";
  return "the profile never gives " +
         std::string(schema::kernel::Facts(explanation.did->action).scmp_name) +
         " to this call, whatever the arguments: another profile was loaded, or this one for "
         "another target (capabilities, kernel, engine), or the process has a second filter";
}

// Whether the kernel records the action only of a filter that asks for it.
bool OnlyWithFlag(Action action) {
  return action == Action::kTrap || action == Action::kErrno || action == Action::kTrace ||
         action == Action::kNotify;
}

void AddNotes(const Policy& policy, const std::optional<Policy>& with_horizon,
              Explanation& explanation) {
  const PlacedCall& placed = explanation.placed;
  std::vector<std::string>& notes = explanation.notes;
  constexpr KernelVersion kOnlyWithFlag{4, 18};  // Linux commit 326bee0286d7
  if (explanation.did && explanation.mismatch.empty() && (policy.flags & kFlagLog) == 0 &&
      placed.target.kernel >= kOnlyWithFlag && OnlyWithFlag(explanation.did->action)) {
    notes.push_back("the profile does not set SECCOMP_FILTER_FLAG_LOG, without which Linux since " +
                    ToString(kOnlyWithFlag) + " records no " +
                    std::string(schema::kernel::Facts(explanation.did->action).scmp_name) +
                    ": another profile may have been loaded");
  }
  if (with_horizon && placed.number) {
    const Verdict beyond = Decide(*with_horizon, placed.call()).verdict;
    const bool differs = explanation.outcomes.size() == 1 &&
                         explanation.outcomes.front().verdict != beyond &&
                         explanation.outcomes.front().by_default;
    if (differs) {
      notes.push_back("the profile names no call as high: with runc and seccomp-agent it gets " +
                      ToString(beyond) + " (--horizon)");
    }
  }
  if (!placed.architecture || placed.name.empty()) return;
  if (explanation.outcomes.size() > 1) {
    notes.push_back("the record does not hold the arguments; `strace -f -e trace=" + placed.name +
                    "` shows them, and a rule for these alone is narrower");
  }
  const auto* entry = schema::kernel::FindEntry(*placed.architecture, placed.name);
  if (entry != nullptr && !entry->In(placed.target.kernel)) {
    notes.push_back("Linux " + ToString(placed.target.kernel) + " does not have " + placed.name +
                    " on " + ArchName(placed) + ": allowed, it fails with ENOSYS");
  }
  const auto* syscall = schema::kernel::FindSyscall(placed.name);
  const auto needs = syscall == nullptr ? schema::kernel::CapabilitySet() : syscall->Capabilities();
  if (needs.bits() == 0) return;
  std::string names;
  const auto all = schema::kernel::CapabilityNames();
  for (unsigned i = 0; i < all.size(); ++i) {
    if (needs.Has(i)) names += (names.empty() ? "" : " or ") + std::string(all[i]);
  }
  const bool has = (needs.bits() & placed.target.capabilities.bits()) != 0;
  notes.push_back(
      "the kernel itself demands " + names + " for it, which the bounding set " +
      (has ? "has"
           : "lacks: allowed, it still fails with EPERM (in a user namespace of its own "
             "a process may have it)"));
}

}  // namespace

schema::Result<Explanation> Explain(const ProfileInput& input, const PlacedCall& placed,
                                    const AuditRecord& record,
                                    schema::policy::ResolveOptions options) {
  const auto policy = schema::policy::Resolve(input.profile, placed.target, options);
  if (!policy) return policy.error();
  Explanation explanation;
  explanation.placed = placed;
  explanation.did = VerdictOf(record);
  if (!placed.number) {
    explanation.undecided = placed.architecture ? ArchName(placed) + " has no call of this name"
                                                : "the record does not tell the call's number";
    return explanation;
  }
  auto outcomes = schema::policy::OutcomesOf(*policy, placed.architecture, placed.call());
  if (outcomes) {
    explanation.outcomes = std::move(*outcomes);
  } else {
    explanation.undecided = outcomes.error().message;
  }
  explanation.reasons = ReasonsOf(input.profile, *policy, placed, explanation.outcomes);
  explanation.mismatch = MismatchOf(record, explanation);
  const auto in_question = [&](Verdict verdict) {
    if (verdict.action == Action::kAllow) return false;
    return !explanation.did || !explanation.mismatch.empty() ||
           IsOf(record, *explanation.did, verdict);
  };
  if (!explanation.outcomes.empty() && record.signal != kSigkill) {
    explanation.remedies = FindRemedies(input.profile, *policy, placed, options, in_question);
  }
  explanation.risk = explanation.remedies.empty() ? nullptr : schema::kernel::FindRisk(placed.name);
  std::optional<Policy> with_horizon;
  if (!options.enosys_horizon) {
    auto resolved = schema::policy::Resolve(input.profile, placed.target, {.enosys_horizon = true});
    if (resolved) with_horizon = std::move(*resolved);
  }
  AddNotes(*policy, with_horizon, explanation);
  return explanation;
}

}  // namespace lint::cli
