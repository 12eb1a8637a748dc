#include <algorithm>

#include "lint/rules/edit.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::Spanned;
using schema::kernel::Engine;

std::vector<Finding> CheckPivotRootBesideChroot(const Context& context) {
  const Engine engine = context.target.engine;
  if (engine != Engine::kIsolator && engine != Engine::kMesos) return {};
  if (context.policy == nullptr || MayPass(context.policy->default_verdict.action)) return {};
  std::vector<Finding> findings;
  for (const auto& [rule, index] : AppliedRules(context)) {
    if (!rule->action || !MayPass(rule->action->value)) continue;
    const auto names = rule->AllNames();
    const auto chroot = std::ranges::find(names, "chroot", &Spanned<std::string>::value);
    if (chroot == names.end()) continue;
    if (std::ranges::find(names, "pivot_root", &Spanned<std::string>::value) != names.end()) {
      continue;
    }
    findings.push_back(
        {chroot->span,
         "chroot is allowed here without pivot_root: the Mesos containerizer changes "
         "the container's root with pivot_root and cannot start the container",
         "write both into the same array: \"names\": [\"chroot\", \"pivot_root\"]",
         {},
         {},
         FixBy(false, "allow pivot_root, too",
               {InsertElementAfter(context.json.document, chroot->span, Quoted("pivot_root"))})});
  }
  return findings;
}

}  // namespace

extern const Rule kSL401{
    .id = "SL401",
    .name = "pivot-root-beside-chroot",
    .severity = Severity::kError,
    .summary = "A rule allows chroot and not pivot_root (engines isolator and mesos).",
    .why =
        "The Mesos containerizer uses pivot_root where Docker's profiles provide for chroot: "
        "wherever a profile allows chroot, pivot_root must be allowed in the same array of names. "
        "Docker and OCI runtimes change the root before they load the filter and do not need it.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "chroot"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "chroot", "pivot_root"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "docs/isolators/linux-seccomp.md of Apache Mesos",
    .check = &CheckPivotRootBesideChroot,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
