#include "schema/policy/region.h"

#include <algorithm>
#include <span>
#include <utility>

#include "schema/policy/difference.h"
#include "schema/policy/predicate.h"
#include "schema/policy/remainder.h"

namespace schema::policy {
namespace {

using kernel::Architecture;

// The arguments that meet `given` and match none of `outside`.
struct Region {
  kernel::Verdict verdict;
  std::vector<Comparison> given;
  std::vector<const Clause*> outside;
  const Clause* clause = nullptr;  // nullptr: the default's, or a foreign architecture's
};

// They cover all arguments; of an unambiguous policy only those with one verdict overlap.
std::vector<Region> RegionsOf(const Policy& policy, std::optional<Architecture> architecture,
                              const Call& call) {
  const ArchitecturePolicy* part = architecture ? policy.Find(*architecture) : nullptr;
  const CallPolicy* found = part == nullptr ? nullptr : part->Find(call.number);
  if (found == nullptr) return {{Decide(policy, call).verdict, {}, {}, nullptr}};
  std::vector<Region> regions;
  Region rest{policy.default_verdict, {}, {}, nullptr};
  for (const Clause& clause : found->clauses) {
    Region region{clause.verdict, {}, {}, &clause};
    AddConditions(clause, region.given);
    regions.push_back(std::move(region));
    rest.outside.push_back(&clause);
  }
  regions.push_back(std::move(rest));
  return regions;
}

Region Both(const Region& one, const Region& other) {
  Region both = one;
  both.given.insert(both.given.end(), other.given.begin(), other.given.end());
  both.outside.insert(both.outside.end(), other.outside.begin(), other.outside.end());
  return both;
}

class Searcher {
 public:
  explicit Searcher(std::optional<Architecture> architecture)
      : bits_(architecture ? ArgumentBits(*architecture) : 64) {}

  // Whether some arguments are in the region.
  bool Finds(const Region& region) {
    return effort_.Spend(1 + region.outside.size()) &&
           FindOutside(region.given, region.outside, bits_, effort_).has_value();
  }

  std::string Describe(const Region& region) {
    return DescribeArguments(region.given, region.outside, bits_, effort_);
  }

  Status status() const {
    if (!effort_.exhausted()) return {};
    return Error{ErrorCode::kLimit, "the rules about the call are too entangled to decide exactly",
                 0};
  }

 private:
  Effort effort_{kMaxEffort};
  unsigned bits_;
};

Status CheckUnambiguous(const std::vector<Region>& regions, Searcher& searcher) {
  for (std::size_t i = 0; i < regions.size(); ++i) {
    for (std::size_t j = i + 1; j < regions.size(); ++j) {
      const Region& one = regions[i];
      const Region& other = regions[j];
      if (one.verdict == other.verdict || other.clause == nullptr) continue;
      if (!searcher.Finds(Both(one, other))) continue;
      return Error{ErrorCode::kInvalid,
                   "rule " + std::to_string(one.clause->rule) + " gives " + ToString(one.verdict) +
                       " and rule " + std::to_string(other.clause->rule) + " " +
                       ToString(other.verdict) + " to the same arguments",
                   0};
    }
  }
  return searcher.status();
}

void AddOnce(std::string text, std::vector<std::string>& to) {
  if (std::ranges::find(to, text) == to.end()) to.push_back(std::move(text));
}

}  // namespace

Result<std::vector<CallOutcome>> OutcomesOf(const Policy& policy,
                                            std::optional<Architecture> architecture,
                                            const Call& call) {
  Searcher searcher(architecture);
  const auto regions = RegionsOf(policy, architecture, call);
  if (Status status = CheckUnambiguous(regions, searcher); !status) {
    return std::move(status).error();
  }
  std::vector<CallOutcome> outcomes;
  std::vector<kernel::Verdict> whole;  // verdicts of all arguments
  for (const Region& region : regions) {
    if (!searcher.Finds(region)) continue;
    auto found = std::ranges::find(outcomes, region.verdict, &CallOutcome::verdict);
    if (found == outcomes.end()) {
      outcomes.push_back({region.verdict, {}, false});
      found = outcomes.end() - 1;
    }
    found->by_default = found->by_default || region.clause == nullptr;
    std::string text = searcher.Describe(region);
    if (text.empty()) {
      whole.push_back(region.verdict);
    } else {
      AddOnce(std::move(text), found->when);
    }
  }
  if (Status status = searcher.status(); !status) return std::move(status).error();
  // One verdict alone is all arguments', in however many regions.
  for (CallOutcome& outcome : outcomes) {
    if (outcomes.size() == 1 || std::ranges::find(whole, outcome.verdict) != whole.end()) {
      outcome.when.clear();
    }
  }
  return outcomes;
}

Result<Gain> GainOf(const Policy& old_policy, const Policy& new_policy,
                    std::optional<Architecture> architecture, const Call& call,
                    const std::function<bool(kernel::Verdict)>& in_question) {
  Searcher searcher(architecture);
  const auto old_regions = RegionsOf(old_policy, architecture, call);
  const auto new_regions = RegionsOf(new_policy, architecture, call);
  for (const auto* regions : {&old_regions, &new_regions}) {
    Status status = CheckUnambiguous(*regions, searcher);
    if (!status) return std::move(status).error();
  }
  Gain gain;
  bool some_left = false;
  for (const Region& from : old_regions) {
    if (!in_question(from.verdict)) continue;
    for (const Region& to : new_regions) {
      const Region both = Both(from, to);
      if (!searcher.Finds(both)) continue;
      if (to.verdict.action == kernel::Action::kAllow) {
        AddOnce(searcher.Describe(both), gain.when);
      } else {
        some_left = true;
      }
    }
  }
  if (Status status = searcher.status(); !status) return std::move(status).error();
  gain.all = !some_left && !gain.when.empty();
  if (gain.all) gain.when.clear();
  return gain;
}

}  // namespace schema::policy
