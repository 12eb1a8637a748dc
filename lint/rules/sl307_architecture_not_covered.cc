#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/architecture.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Architecture;
using schema::profile::Conditions;

bool Lists(const std::vector<Spanned<Architecture>>& architectures, Architecture own) {
  return std::ranges::find(architectures, own, &Spanned<Architecture>::value) !=
         architectures.end();
}

// Whether some rule's conditions name the target's architecture: the profile knows it. Docker's
// default has no entry for ppc64le, and rules for it.
bool IsMeantForToo(const Context& context) {
  const auto name = schema::kernel::Facts(context.target.architecture).docker_name;
  const auto lists = [&](const std::optional<Conditions>& conditions) {
    return conditions &&
           std::ranges::find(conditions->arches, name, &Spanned<std::string>::value) !=
               conditions->arches.end();
  };
  return std::ranges::any_of(context.profile->syscalls, [&](const auto& rule) {
    return lists(rule.includes) || lists(rule.excludes);
  });
}

Finding NotCovered(const Context& context, schema::Span span, const std::string& what,
                   std::optional<Severity> severity) {
  const auto& facts = schema::kernel::Facts(context.target.architecture);
  return {Opening(span),
          what + ": the filter includes " + std::string(facts.name) +
              " all the same, which the profile was not made for",
          "add " + std::string(facts.scmp_name) + " once the calls of that machine are listed, too",
          {},
          severity};
}

std::vector<Finding> CheckArchitectures(const Context& context) {
  const auto& architectures = context.profile->architectures;
  const Architecture own = context.target.architecture;
  if (!architectures || architectures->value.empty() || Lists(architectures->value, own)) return {};
  return {NotCovered(context, architectures->span,
                     Quoted("architectures") + " does not list " +
                         std::string(schema::kernel::Facts(own).scmp_name),
                     Severity::kWarning)};
}

std::vector<Finding> CheckArchMap(const Context& context) {
  const auto& map = context.profile->arch_map;
  if (!map || map->value.empty()) return {};
  const Architecture own = context.target.architecture;
  bool is_subarchitecture = false;
  for (const auto& entry : map->value) {
    if (entry.architecture && entry.architecture->value == own) return {};
    is_subarchitecture = is_subarchitecture || Lists(entry.subarchitectures, own);
  }
  if (IsMeantForToo(context)) return {};
  const std::string name(schema::kernel::Facts(own).scmp_name);
  return {NotCovered(context, map->span,
                     Quoted("archMap") +
                         (is_subarchitecture ? " has " + name + " as a subarchitecture alone"
                                             : " does not name " + name) +
                         ", so that none of its entries counts",
                     is_subarchitecture ? std::optional(Severity::kWarning) : std::nullopt)};
}

std::vector<Finding> CheckArchitectureNotCovered(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  std::vector<Finding> findings = CheckArchitectures(context);
  if (findings.empty()) findings = CheckArchMap(context);
  return findings;
}

}  // namespace

extern const Rule kSL307{
    .id = "SL307",
    .name = "architecture-not-covered",
    .severity = Severity::kError,
    .summary = "The profile lists architectures, and the target's is not among them.",
    .why =
        "It was made for other machines. Of `archMap` the entry counts whose `architecture` is the "
        "target's; without one, only the target's own calls are included, and libseccomp adds "
        "them in silence where `architectures` does not list them. The rules then apply to calls "
        "that nobody has looked at: what they deny may go by another name there, and what a "
        "program needs may be missing. It is a warning where `archMap` has the architecture as a "
        "subarchitecture; where conditions of rules name it, the profile knows it and all is well.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "archMap": [{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] }] }
--target arch=arm64)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "archMap": [{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] },
              { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] }] }
--target arch=arm64)",
    .source =
        "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp(); seccomp_init(3): a filter has "
        "the native architecture",
    .check = &CheckArchitectureNotCovered,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
