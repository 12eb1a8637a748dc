#include "lint/cli/change.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"

namespace lint::cli {
namespace {

using rules::Counted;
using schema::kernel::Architecture;
using schema::kernel::Target;
using schema::policy::Difference;

// What makes two differences the same but for the architecture.
auto Key(const Difference& difference) {
  return std::tuple(difference.scope, difference.name, difference.old_verdict,
                    difference.new_verdict, difference.when, difference.calls,
                    NumbersText(difference));
}

// The targets without their architectures, as numbers.
std::vector<std::size_t> Tails(std::span<const Target> targets) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> tails;
  for (Target target : targets) {
    target.architecture = Architecture::kX86_64;
    tails.push_back(numbers.emplace(ToString(target), numbers.size()).first->second);
  }
  return tails;
}

int ScopeRank(Difference::Scope scope) {
  switch (scope) {
    case Difference::Scope::kArchitecture:
      return 0;
    case Difference::Scope::kUnnamed:
      return 1;
    case Difference::Scope::kCall:
      return 2;
  }
  return 2;
}

void SortOnce(std::vector<std::size_t>& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

std::vector<Architecture> ArchitecturesOf(const Change& change) {
  std::vector<Architecture> architectures;
  for (const Difference& place : change.places) architectures.push_back(place.architecture);
  return architectures;
}

}  // namespace

Effect EffectOf(const Difference& difference) {
  const auto old_action = difference.old_verdict.action;
  const auto new_action = difference.new_verdict.action;
  const int gain = rules::Permissiveness(new_action) - rules::Permissiveness(old_action);
  if (gain == 0) return Effect::kOther;
  const bool crosses = rules::MayPass(old_action) != rules::MayPass(new_action);
  if (gain > 0) return crosses ? Effect::kAllowed : Effect::kWider;
  return crosses ? Effect::kDenied : Effect::kNarrower;
}

std::string_view EffectName(Effect effect) {
  switch (effect) {
    case Effect::kAllowed:
      return "newly allowed";
    case Effect::kWider:
      return "otherwise wider";
    case Effect::kOther:
      return "changed";
    case Effect::kNarrower:
      return "otherwise narrower";
    case Effect::kDenied:
      return "newly denied";
  }
  return "";
}

std::vector<Change> Gather(std::span<const TargetDifferences> groups,
                           std::span<const Target> targets) {
  using KeyTuple = decltype(Key({}));
  struct Place {
    Difference difference;
    std::vector<std::size_t> targets;
  };
  std::map<std::pair<KeyTuple, Architecture>, Place> places;
  std::map<Architecture, std::size_t> order;  // of the architectures, as they come
  std::map<Architecture, std::vector<std::size_t>> including;
  for (const TargetDifferences& group : groups) {
    for (const Architecture architecture : group.architectures) {
      auto& indices = including[architecture];
      indices.insert(indices.end(), group.targets.begin(), group.targets.end());
    }
    for (const Difference& difference : group.differences) {
      order.emplace(difference.architecture, order.size());
      auto& place = places[{Key(difference), difference.architecture}];
      place.difference = difference;
      place.targets.insert(place.targets.end(), group.targets.begin(), group.targets.end());
    }
  }
  const std::vector<std::size_t> tails = Tails(targets);
  std::map<std::pair<KeyTuple, std::set<std::size_t>>, Change> joined;
  for (auto& [key, place] : places) {
    // Empty: on all targets with the architecture, whatever these are.
    std::set<std::size_t> on;
    if (place.targets.size() != including[key.second].size()) {
      for (const std::size_t target : place.targets) on.insert(tails[target]);
    }
    Change& change = joined[{key.first, std::move(on)}];
    change.effect = EffectOf(place.difference);
    change.places.push_back(std::move(place.difference));
    change.targets.insert(change.targets.end(), place.targets.begin(), place.targets.end());
  }
  std::vector<Change> changes;
  for (auto& [key, change] : joined) {
    std::ranges::sort(change.places, {},
                      [&](const Difference& d) { return order[d.architecture]; });
    for (const Architecture architecture : ArchitecturesOf(change)) {
      const auto& more = including[architecture];
      change.possible.insert(change.possible.end(), more.begin(), more.end());
    }
    SortOnce(change.targets);
    SortOnce(change.possible);
    changes.push_back(std::move(change));
  }
  std::ranges::stable_sort(changes, {}, [&](const Change& change) {
    std::vector<std::size_t> ranks;
    for (const Architecture architecture : ArchitecturesOf(change)) {
      ranks.push_back(order[architecture]);
    }
    return std::tuple(change.effect, ScopeRank(change.first().scope), ranks, change.first().name);
  });
  return changes;
}

std::string Summary(std::span<const Change> changes) {
  if (changes.empty()) return "no call's verdict changes";
  std::string text;
  for (const Effect effect :
       {Effect::kAllowed, Effect::kWider, Effect::kOther, Effect::kNarrower, Effect::kDenied}) {
    std::set<std::string_view> calls;
    std::set<Architecture> architectures;
    bool unnamed = false;
    for (const Change& change : changes) {
      if (change.effect != effect) continue;
      if (change.first().scope == Difference::Scope::kCall) calls.insert(change.first().name);
      unnamed = unnamed || change.first().scope == Difference::Scope::kUnnamed;
      if (change.first().scope != Difference::Scope::kArchitecture) continue;
      for (const Architecture architecture : ArchitecturesOf(change)) {
        architectures.insert(architecture);
      }
    }
    std::string what;
    const auto add = [&](const std::string& more) { what += (what.empty() ? "" : " and ") + more; };
    if (!calls.empty()) add(Counted(calls.size(), "call"));
    if (unnamed) add(calls.empty() ? "every call without a rule" : "every one without a rule");
    if (!architectures.empty()) add(Counted(architectures.size(), "architecture"));
    if (what.empty()) continue;
    text += (text.empty() ? "" : ", ") + what + " " + std::string(EffectName(effect));
  }
  return text;
}

std::string NumbersText(const Difference& difference) {
  using schema::kernel::kX32Bit;
  if (difference.scope != Difference::Scope::kUnnamed) return "";
  const std::uint32_t first = difference.first_number;
  const std::uint32_t last = difference.last_number;
  const bool from_first = first == 0 || first == kX32Bit;
  const bool to_last = last == kX32Bit - 1 || last == 0xFFFFFFFE;
  if (from_first && to_last) return "";
  return " from number " + std::to_string(first) + (to_last ? "" : " to " + std::to_string(last));
}

}  // namespace lint::cli
