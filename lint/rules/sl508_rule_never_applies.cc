#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::profile::Conditions;
using Names = std::vector<Spanned<std::string>>;

const Spanned<std::string>* Find(const Names& names, const std::string& name) {
  const auto found = std::ranges::find(names, name, &Spanned<std::string>::value);
  return found == names.end() ? nullptr : &*found;
}

Finding Contradiction(schema::Span excluded, schema::Span included, std::string message) {
  return {excluded,
          std::move(message),
          "remove it from one of the two",
          {{included, "included here"}},
          {}};
}

void CheckCaps(const Names& includes, const Names& excludes, std::vector<Finding>& findings) {
  for (const auto& cap : excludes) {
    const auto* included = Find(includes, cap.value);
    if (included == nullptr) continue;
    findings.push_back(Contradiction(cap.span, included->span,
                                     cap.value + " is included and excluded: the rule applies "
                                                 "neither with it nor without it"));
  }
}

void CheckArches(const Names& includes, const Names& excludes, std::vector<Finding>& findings) {
  const bool all = std::ranges::all_of(
      includes, [&](const auto& arch) { return Find(excludes, arch.value) != nullptr; });
  for (const auto& arch : excludes) {
    const auto* included = Find(includes, arch.value);
    if (included == nullptr) continue;
    findings.push_back(
        Contradiction(arch.span, included->span,
                      arch.value + " is included and excluded: the rule " +
                          (all ? "never applies, on no architecture" : "does not apply on it")));
  }
}

void CheckKernels(const Conditions& includes, const Conditions& excludes,
                  std::vector<Finding>& findings) {
  if (!includes.min_kernel || !excludes.min_kernel) return;
  if (excludes.min_kernel->value > includes.min_kernel->value) return;
  findings.push_back(Contradiction(
      excludes.min_kernel->span, includes.min_kernel->span,
      "kernels from " + ToString(excludes.min_kernel->value) + " on are excluded, and those from " +
          ToString(includes.min_kernel->value) + " on included: the rule never applies"));
}

std::vector<Finding> CheckRuleNeverApplies(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (!rule.includes || !rule.excludes) continue;
    CheckCaps(rule.includes->caps, rule.excludes->caps, findings);
    CheckArches(rule.includes->arches, rule.excludes->arches, findings);
    CheckKernels(*rule.includes, *rule.excludes, findings);
  }
  return findings;
}

}  // namespace

extern const Rule kSL508{
    .id = "SL508",
    .name = "rule-never-applies",
    .severity = Severity::kWarning,
    .summary = "What a rule includes it also excludes.",
    .why =
        "A rule applies where every one of its `includes` holds and none of its `excludes`. With "
        "the same capability or architecture in both it never does, and engines say nothing.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_ERRNO",
    "includes": { "caps": ["CAP_SYS_ADMIN"] },
    "excludes": { "caps": ["CAP_SYS_ADMIN"] } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_ERRNO",
    "excludes": { "caps": ["CAP_SYS_ADMIN"] } } ] })",
    .source = "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp()",
    .check = &CheckRuleNeverApplies,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
