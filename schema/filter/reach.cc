#include "schema/filter/reach.h"

#include <algorithm>
#include <utility>

#include "schema/filter/instruction.h"
#include "schema/filter/seccomp_data.h"
#include "schema/kernel/architecture.h"

namespace schema::filter {
namespace {

using Calls = std::map<std::uint32_t, IntervalSet>;

constexpr std::uint32_t kWhole = ~std::uint32_t{0};

IntervalSet Union(const IntervalSet& one, const IntervalSet& other) {
  std::vector<Interval> all = one.intervals();
  all.insert(all.end(), other.intervals().begin(), other.intervals().end());
  std::ranges::sort(all, {}, &Interval::first);
  std::vector<Interval> apart;
  for (const Interval& interval : all) {
    if (apart.empty() || (apart.back().last != kWhole && apart.back().last + 1 < interval.first)) {
      apart.push_back(interval);
    } else {
      apart.back().last = std::max(apart.back().last, interval.last);
    }
  }
  return IntervalSet(std::move(apart));
}

// The values of a word that take the jump; std::nullopt: no interval.
std::optional<Interval> Taking(const sock_filter& jump) {
  switch (jump.code) {
    case kJumpIfEqual:
      return Interval{jump.k, jump.k};
    case kJumpIfNotLess:
      return Interval{jump.k, kWhole};
    case kJumpIfGreater:
      if (jump.k == kWhole) return std::nullopt;
      return Interval{jump.k + 1, kWhole};
    default:
      return std::nullopt;
  }
}

// Those of the calls that go on where the jump is taken, or is not.
Calls Going(const Reach& here, const sock_filter& jump, bool taken) {
  const auto values = Taking(jump);
  if (!values || !here.loaded || here.loaded->mask != kWhole) return here.calls;
  Calls going;
  for (const auto& [token, numbers] : here.calls) {
    if (here.loaded->word == kArchitectureWord) {
      const bool within = values->first <= token && token <= values->last;
      if (within == taken) going.emplace(token, numbers);
    } else if (here.loaded->word == kNumberWord) {
      IntervalSet some = taken ? numbers.Within(values->first, values->last)
                               : numbers.Without(values->first, values->last);
      if (!some.empty()) going.emplace(token, std::move(some));
    } else {
      going.emplace(token, numbers);
    }
  }
  return going;
}

void LeadTo(Reach& there, const Calls& calls, std::optional<Loaded> loaded) {
  if (calls.empty()) return;
  if (there.calls.empty()) {
    there.loaded = loaded;
  } else if (there.loaded != loaded) {
    there.loaded = std::nullopt;
  }
  for (const auto& [token, numbers] : calls) {
    const auto [same, is_new] = there.calls.emplace(token, numbers);
    if (!is_new) same->second = Union(same->second, numbers);
  }
}

std::optional<Loaded> After(const sock_filter& instruction, std::optional<Loaded> loaded) {
  if (instruction.code == kLoadWord) {
    return Loaded{instruction.k / 4};
  }
  if (instruction.code != kAnd || !loaded) return std::nullopt;
  loaded->mask &= instruction.k;
  return loaded;
}

}  // namespace

std::vector<Reach> FindReach(std::span<const sock_filter> program) {
  std::vector<Reach> reach(program.size());
  reach[0].calls.emplace(0, IntervalSet::All());
  for (const kernel::ArchitectureFacts& facts : kernel::Architectures()) {
    reach[0].calls.emplace(facts.audit_token, IntervalSet::All());
  }
  for (std::size_t at = 0; at < program.size(); ++at) {  // jumps lead forward
    const Reach& here = reach[at];
    const sock_filter& instruction = program[at];
    if (BPF_CLASS(instruction.code) == BPF_RET) continue;
    if (instruction.code == kJump) {
      LeadTo(reach[at + 1 + instruction.k], here.calls, here.loaded);
    } else if (BPF_CLASS(instruction.code) == BPF_JMP) {
      LeadTo(reach[at + 1 + instruction.jt], Going(here, instruction, true), here.loaded);
      LeadTo(reach[at + 1 + instruction.jf], Going(here, instruction, false), here.loaded);
    } else {
      LeadTo(reach[at + 1], here.calls, After(instruction, here.loaded));
    }
  }
  return reach;
}

}  // namespace schema::filter
