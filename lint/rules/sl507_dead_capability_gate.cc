#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/capability.h"
#include "schema/policy/remainder.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::kernel::Target;
using schema::policy::Applies;
using schema::policy::CallPolicy;
using schema::policy::Clause;
using schema::policy::Comparison;
using schema::policy::Effort;
using schema::policy::Policy;
using schema::profile::Conditions;
using schema::profile::Profile;
using ProfileRule = schema::profile::Rule;

using RuleIndices = std::vector<std::size_t>;
using Side = std::optional<Conditions> ProfileRule::*;

// One condition of a rule on where it applies.
struct Gate {
  schema::Span span;
  std::string elsewhere;        // where it does not hold: "without CAP_SYS_ADMIN"
  ProfileRule loosened;         // the rule's conditions but this one, nothing else of it
  Side opposite;                // where another rule would have it the other way round
  std::string_view capability;  // empty: it is about kernels
};

// None of a rule with more names than there are capabilities: each gate holds all the others.
std::vector<Gate> GatesOf(const ProfileRule& rule) {
  constexpr std::size_t kMostNames = 64;
  std::vector<Gate> gates;
  for (const Side side : {&ProfileRule::includes, &ProfileRule::excludes}) {
    if (rule.*side && (rule.*side)->caps.size() > kMostNames) return gates;
  }
  for (const auto& [side, opposite] : {std::pair(&ProfileRule::includes, &ProfileRule::excludes),
                                       std::pair(&ProfileRule::excludes, &ProfileRule::includes)}) {
    if (!(rule.*side)) continue;
    const bool includes = side == &ProfileRule::includes;
    ProfileRule conditions;
    conditions.includes = rule.includes;
    conditions.excludes = rule.excludes;
    for (const auto& cap : (rule.*side)->caps) {
      Gate gate{cap.span, (includes ? "without " : "with ") + cap.value, conditions, opposite,
                cap.value};
      std::erase_if((gate.loosened.*side)->caps,
                    [&](const auto& other) { return other.value == cap.value; });
      gates.push_back(std::move(gate));
    }
    if (const auto& kernel = (rule.*side)->min_kernel) {
      const std::string version = "Linux " + ToString(kernel->value);
      Gate gate{kernel->span,
                includes ? "before " + version : "from " + version + " on",
                conditions,
                opposite,
                {}};
      (gate.loosened.*side)->min_kernel.reset();
      gates.push_back(std::move(gate));
    }
  }
  return gates;
}

// Together with the gate's rule such a rule tells two cases apart, as Docker's default does of
// clone with CAP_SYS_ADMIN and without: neither makes the other's condition idle.
bool IsOpposite(const ProfileRule& rule, const Gate& gate) {
  const auto& conditions = rule.*gate.opposite;
  if (!conditions) return false;
  if (gate.capability.empty()) return conditions->min_kernel.has_value();
  return std::ranges::any_of(conditions->caps,
                             [&](const auto& cap) { return cap.value == gate.capability; });
}

// For each combination of all that the conditions of some rules can tell apart, a target;
// std::nullopt: too many.
std::optional<std::vector<Target>> TargetsToldApart(const Context& context,
                                                    const RuleIndices& rules) {
  constexpr std::size_t kMostTargets = 1024;
  constexpr schema::kernel::KernelVersion kFirstWithFilters{3, 5};
  std::set<unsigned> caps;
  std::set<schema::kernel::KernelVersion> kernels = {kFirstWithFilters};
  std::set<schema::kernel::Architecture> architectures = {context.target.architecture};
  bool by_architecture = false;
  for (const std::size_t index : rules) {
    for (const Side side : {&ProfileRule::includes, &ProfileRule::excludes}) {
      const auto& conditions = context.profile->syscalls[index].*side;
      if (!conditions) continue;
      for (const auto& cap : conditions->caps) {
        const auto number = schema::kernel::ParseCapability(cap.value);
        if (!number) continue;
        caps.insert(*number);
        kernels.insert(schema::kernel::CapabilitySince(*number));
      }
      if (conditions->min_kernel) kernels.insert(conditions->min_kernel->value);
      by_architecture = by_architecture || !conditions->arches.empty();
    }
  }
  if (by_architecture) {
    for (const auto& facts : schema::kernel::Architectures()) {
      architectures.insert(facts.architecture);
    }
  }
  std::erase_if(kernels, [&](const auto& kernel) { return kernel < kFirstWithFilters; });
  const std::size_t others = kernels.size() * architectures.size();
  if (caps.size() > 10 || (others << caps.size()) > kMostTargets) return std::nullopt;
  std::vector<Target> targets;
  for (std::size_t subset = 0; subset < std::size_t{1} << caps.size(); ++subset) {
    Target target;
    std::size_t bit = 0;
    for (const unsigned cap : caps) {
      if (((subset >> bit++) & 1U) != 0) target.capabilities.Add(cap);
    }
    for (const auto& kernel : kernels) {
      target.kernel = kernel;
      for (const auto architecture : architectures) {
        target.architecture = architecture;
        targets.push_back(target);
      }
    }
  }
  return targets;
}

using Name = schema::Spanned<std::string>;

// What the rules say of the call, wherever they apply: Clause::rule is an index into `rules`.
schema::Result<Policy> MeaningOf(const Context& context, const RuleIndices& rules,
                                 const Name& name) {
  const Profile& profile = *context.profile;
  Profile part;
  part.default_action = profile.default_action;
  part.default_errno_ret = profile.default_errno_ret;
  part.default_errno_name = profile.default_errno_name;
  part.architectures = profile.architectures;
  part.arch_map = profile.arch_map;
  for (const std::size_t index : rules) {
    const ProfileRule& rule = profile.syscalls[index];
    ProfileRule& added = part.syscalls.emplace_back();
    added.names = {name};
    added.action = rule.action;
    added.errno_ret = rule.errno_ret;
    added.errno_name = rule.errno_name;
    added.args = rule.args;
  }
  return schema::policy::Resolve(part, context.target);
}

// What the other rules on a call are where a gate does not hold.
enum class Part : std::uint8_t {
  kNone,     // the rule itself, or one that does not apply
  kGives,    // it applies, and not because the gate does not hold
  kApplies,  // it applies
};

// Whether all that match `own` match a clause with its verdict of a rule that gives it, and none
// with another verdict.
bool IsGiven(const CallPolicy& call, const Clause& own, const std::vector<Part>& parts,
             unsigned bits) {
  constexpr std::size_t kMostSteps = 1'000'000;
  Effort effort(kMostSteps);
  std::vector<Comparison> given;
  AddConditions(own, given);
  std::vector<const Clause*> giving;
  for (const Clause& clause : call.clauses) {
    if (parts[clause.rule] == Part::kNone) continue;
    if (clause.verdict != own.verdict) {
      std::vector<Comparison> both = given;
      AddConditions(clause, both);
      if (FindWithin(both, bits, effort)) return false;  // SL503
    } else if (parts[clause.rule] == Part::kGives) {
      giving.push_back(&clause);
    }
  }
  return !FindOutside(given, giving, bits, effort) && !effort.exhausted();
}

// Whether the others give all that the rule `own` says of its call, on each architecture.
bool AllGiven(const Policy& meaning, std::size_t own, const std::vector<Part>& parts) {
  bool says_anything = false;
  for (const auto& part : meaning.architectures) {
    for (const CallPolicy& call : part.calls) {
      for (const Clause& clause : call.clauses) {
        if (clause.rule != own) continue;
        says_anything = true;
        if (!IsGiven(call, clause, parts, schema::policy::ArgumentBits(part.architecture))) {
          return false;
        }
      }
    }
  }
  return says_anything;
}

class Checker {
 public:
  explicit Checker(const Context& context) : context_(context) {
    const auto& rules = context.profile->syscalls;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      for (const Name& name : rules[i].AllNames()) {
        RuleIndices& naming = naming_[name.value];
        if (naming.empty() || naming.back() != i) naming.push_back(i);
      }
    }
  }

  void Check(std::size_t index, const Gate& gate) {
    std::map<RuleIndices, std::vector<const Name*>> by_givers;
    for (const Name& name : context_.profile->syscalls[index].AllNames()) {
      const RuleIndices& naming = naming_.at(name.value);
      if (naming.size() == 1) continue;
      const auto givers = Givers(index, gate, naming, name);
      if (givers) by_givers[*givers].push_back(&name);
    }
    for (const auto& [givers, dead] : by_givers) Add(index, gate, givers, dead);
  }

  std::vector<Finding> Take() && { return std::move(findings_); }

 private:
  // The rules that give what this one says of the call where `gate` does not hold and the rest of
  // its conditions do; std::nullopt: on some target none do.
  std::optional<RuleIndices> Givers(std::size_t index, const Gate& gate, const RuleIndices& naming,
                                    const Name& name) const {
    const auto targets = TargetsToldApart(context_, naming);
    const auto meaning = MeaningOf(context_, naming, name);
    if (!targets || !meaning) return std::nullopt;
    const auto& rules = context_.profile->syscalls;
    const auto own = static_cast<std::size_t>(std::ranges::find(naming, index) - naming.begin());
    std::set<std::vector<Part>> seen;
    RuleIndices givers;
    for (const Target& target : *targets) {
      if (!Applies(gate.loosened, target) || Applies(rules[index], target)) continue;
      std::vector<Part> parts(naming.size(), Part::kNone);
      for (std::size_t i = 0; i < naming.size(); ++i) {
        const ProfileRule& other = rules[naming[i]];
        if (i == own || !Applies(other, target)) continue;
        parts[i] = IsOpposite(other, gate) ? Part::kApplies : Part::kGives;
      }
      if (!seen.insert(parts).second) continue;
      if (!AllGiven(*meaning, own, parts)) return std::nullopt;
      if (!givers.empty()) continue;
      for (std::size_t i = 0; i < naming.size(); ++i) {
        if (parts[i] == Part::kGives) givers.push_back(naming[i]);
      }
    }
    if (givers.empty()) return std::nullopt;
    return givers;
  }

  void Add(std::size_t index, const Gate& gate, const RuleIndices& givers,
           const std::vector<const Name*>& dead) {
    const auto& rules = context_.profile->syscalls;
    std::vector<std::string> words;
    words.reserve(dead.size());
    for (const Name* name : dead) words.push_back(name->value);
    std::vector<schema::Related> related;
    for (const std::size_t giver : givers) {
      const auto names = rules[giver].AllNames();
      const auto named = std::ranges::find(names, words.front(), &Name::value);
      related.push_back({named->span, "another rule for " + words.front()});
    }
    const bool one = words.size() == 1;
    findings_.push_back(
        {dead.front()->span,
         Listed(words) + (one ? " gets " : " get ") +
             ToString(*schema::policy::VerdictOf(rules[index])) + " " + gate.elsewhere +
             " too, by another rule: the condition here decides nothing for " +
             (one ? "it" : "them"),
         std::string("take ") + (one ? "it" : "them") +
             " out of the other rule if the condition is meant, else out of this one",
         std::move(related),
         {}});
  }

  const Context& context_;
  std::map<std::string_view, RuleIndices> naming_;
  std::vector<Finding> findings_;
};

std::vector<Finding> CheckDeadCapabilityGate(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  const auto& rules = context.profile->syscalls;
  const bool gated = std::ranges::any_of(
      rules, [](const ProfileRule& rule) { return rule.includes || rule.excludes; });
  if (!gated) return {};
  Checker checker(context);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const Gate& gate : GatesOf(rules[i])) checker.Check(i, gate);
  }
  return std::move(checker).Take();
}

}  // namespace

extern const Rule kSL507{
    .id = "SL507",
    .name = "dead-capability-gate",
    .severity = Severity::kWarning,
    .summary = "A rule is for some capability or kernel, and other rules give the same without it.",
    .why =
        "A rule applies only where its `includes` and `excludes` say, but all rules that apply are "
        "put together: what one ties to a capability another may give to everybody. Who reads the "
        "first one believes that the call needs the capability, and it does not. Looked at are all "
        "capabilities, kernels and architectures that the rules on a call tell apart, and all "
        "arguments; a rule for the opposite case, as Docker has for clone without CAP_SYS_ADMIN, "
        "does not count.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "mount"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["mount", "umount2"], "action": "SCMP_ACT_ALLOW",
    "includes": { "caps": ["CAP_SYS_ADMIN"] } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["mount", "umount2"], "action": "SCMP_ACT_ALLOW",
    "includes": { "caps": ["CAP_SYS_ADMIN"] } } ] })",
    .source = "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp(): rules are not ordered",
    .check = &CheckDeadCapabilityGate,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
