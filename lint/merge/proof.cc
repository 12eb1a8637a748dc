#include "lint/merge/proof.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "lint/merge/union.h"
#include "schema/filter/prove.h"
#include "schema/policy/difference.h"
#include "schema/policy/resolve.h"

namespace lint::merge {
namespace {

using schema::Error;
using schema::ErrorCode;
using schema::Status;
using schema::kernel::Architecture;
using schema::kernel::CapabilitySet;
using schema::kernel::KernelVersion;
using schema::kernel::Target;
using schema::policy::Difference;
using schema::policy::Policy;
using schema::policy::ResolutionKey;
using schema::profile::Profile;

struct Mentioned {
  std::set<Architecture> architectures;
  std::set<unsigned> capabilities;
  std::set<KernelVersion> kernels;

  void Add(const Profile& profile) {
    if (profile.architectures) {
      for (const auto& item : profile.architectures->value) architectures.insert(item.value);
    }
    if (profile.arch_map) {
      for (const auto& entry : profile.arch_map->value) {
        if (entry.architecture) architectures.insert(entry.architecture->value);
      }
    }
    for (const auto& rule : profile.syscalls) {
      for (const auto* conditions : {&rule.includes, &rule.excludes}) {
        if (*conditions) Add(**conditions);
      }
    }
  }

  void Add(const schema::profile::Conditions& conditions) {
    for (const auto& name : conditions.caps) {
      if (const auto number = schema::kernel::ParseCapability(name.value)) {
        capabilities.insert(*number);
      }
    }
    for (const auto& name : conditions.arches) {
      if (const auto named = schema::kernel::FromAnyName(name.value)) architectures.insert(*named);
    }
    if (conditions.min_kernel) {
      const KernelVersion from = conditions.min_kernel->value;
      kernels.insert(from);
      // Any release before it: what minKernel does is all that the kernel decides here.
      kernels.insert(from.minor > 0 ? KernelVersion{from.major, from.minor - 1}
                                    : KernelVersion{from.major - 1, 99});
    }
  }
};

std::vector<CapabilitySet> Sets(const std::set<unsigned>& mentioned, CapabilitySet own) {
  const CapabilitySet all = CapabilitySet::All();
  std::vector<CapabilitySet> sets = {own, CapabilitySet(), all, CapabilitySet::Docker()};
  for (const unsigned capability : mentioned) {
    const std::uint64_t bit = std::uint64_t{1} << capability;
    sets.emplace_back(bit);
    sets.emplace_back(all.bits() & ~bit);
  }
  return sets;
}

Error Described(const Difference& difference, const Target& target) {
  const std::string call =
      difference.scope == Difference::Scope::kCall
          ? schema::filter::ToString(difference.witness)
          : "what no rule names on " +
                std::string(schema::kernel::Facts(difference.architecture).name);
  return {ErrorCode::kInvalid,
          "the profiles have no union in this format: " + call + " would get " +
              ToString(difference.new_verdict) + ", where the most that one of them gives is " +
              ToString(difference.old_verdict) + " (target " + ToString(target) + ")",
          0};
}

Status CheckOn(std::span<const Part> parts, const Profile& whole, const Target& target) {
  std::vector<Policy> policies;
  for (const Part& part : parts) {
    auto policy = schema::policy::Resolve(*part.profile, target);
    if (!policy) return std::move(policy).error().While(part.name);
    policies.push_back(std::move(*policy));
  }
  const auto joined = schema::policy::Resolve(whole, target);
  if (!joined) return Error(joined.error());
  const auto united = Unite(policies);
  if (!united) return Error(united.error()).While("for " + ToString(target));
  const auto differences = schema::policy::FindDifferences(*united, *joined);
  if (!differences) return Error(differences.error()).While("the joined profile");
  if (!differences->empty()) return Described(differences->front(), target);
  return {};
}

}  // namespace

std::vector<Target> TargetsThatMatter(std::span<const Part> parts, const Target& host) {
  Mentioned mentioned;
  mentioned.architectures.insert(host.architecture);
  mentioned.kernels.insert(host.kernel);
  for (const Part& part : parts) mentioned.Add(*part.profile);
  std::vector<Target> targets;
  for (const Architecture architecture : mentioned.architectures) {
    for (const KernelVersion kernel : mentioned.kernels) {
      for (const CapabilitySet capabilities : Sets(mentioned.capabilities, host.capabilities)) {
        Target target = host;
        target.architecture = architecture;
        target.kernel = kernel;
        target.capabilities = capabilities;
        targets.push_back(target);
      }
    }
  }
  return targets;
}

Status CheckUnion(std::span<const Part> parts, const Profile& whole,
                  std::span<const Target> targets) {
  std::set<std::vector<ResolutionKey>> checked;
  for (const Target& target : targets) {
    std::vector<ResolutionKey> keys = {schema::policy::KeyOf(whole, target)};
    for (const Part& part : parts) keys.push_back(schema::policy::KeyOf(*part.profile, target));
    if (!checked.insert(std::move(keys)).second) continue;
    if (Status status = CheckOn(parts, whole, target); !status) return status;
  }
  return {};
}

}  // namespace lint::merge
