// What `diff` reports: the differences of all architectures and targets, each told once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/kernel/target.h"
#include "schema/policy/difference.h"

namespace lint::cli {

// In the order of the report. Allowed and denied tell whether the call may be carried out
// (rules::MayPass); the rest is by the order of actions (rules::Permissiveness).
enum class Effect : std::uint8_t { kAllowed, kWider, kOther, kNarrower, kDenied };

Effect EffectOf(const schema::policy::Difference& difference);
inline bool Widens(Effect effect) { return effect <= Effect::kWider; }

// "newly allowed", "otherwise wider", ...
std::string_view EffectName(Effect effect);

// One change of one call (or of what no rule matches, or of an architecture) wherever it is the
// same.
struct Change {
  Effect effect = Effect::kOther;
  std::vector<schema::policy::Difference> places;  // one an architecture; the first stands for all
  std::vector<std::size_t> targets;                // indices, ascending
  std::vector<std::size_t> possible;  // the same of all targets with one of the architectures

  const schema::policy::Difference& first() const { return places.front(); }
};

// The differences on some targets, which have the same.
struct TargetDifferences {
  std::vector<std::size_t> targets;                         // indices
  std::vector<schema::kernel::Architecture> architectures;  // that either policy includes
  std::vector<schema::policy::Difference> differences;
};

// Architectures are joined where they change on all targets that include them, or on the same
// targets but for the target's architecture. Sorted:
// by effect, architectures and unnamed calls first, then by architecture and name.
std::vector<Change> Gather(std::span<const TargetDifferences> groups,
                           std::span<const schema::kernel::Target> targets);

// "3 calls newly allowed, 1 call newly denied"; "no call's verdict changes".
std::string Summary(std::span<const Change> changes);

// The numbers of a change of unnamed calls, where a horizon divides them: " from number 64 to 291".
std::string NumbersText(const schema::policy::Difference& difference);

}  // namespace lint::cli
