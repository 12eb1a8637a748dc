#include "lint/rules/dangerous.h"
#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckDangerousWithoutComment(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& rule : context.profile->syscalls) {
    if (!rule.action || !MayPass(rule.action->value)) continue;
    if (rule.comment && !rule.comment->value.empty()) continue;
    // The capability says who needs it.
    if (rule.includes && !rule.includes->caps.empty()) continue;
    std::vector<std::string> words;
    schema::Span first;
    for (const auto& name : rule.AllNames()) {
      if (DangerOf(name.value) == nullptr) continue;
      if (words.empty()) first = name.span;
      words.push_back(name.value);
    }
    if (words.empty()) continue;
    findings.push_back({first,
                        "the rule allows " + Listed(words) + " and has no \"comment\" on why",
                        "write into \"comment\" which program needs it and for what",
                        {},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL702{
    .id = "SL702",
    .name = "dangerous-without-comment",
    .severity = Severity::kInfo,
    .on_by_default = false,
    .summary = "A rule allows a dangerous call and does not say why.",
    .why =
        "Nobody dares to take out of a profile what was let in without a reason. The calls are "
        "those of SL602, here also where a condition on arguments keeps them narrow; a rule for "
        "a capability has its reason in that. The key `comment` is there for the reason, and "
        "engines ignore it.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "bpf"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "bpf"], "action": "SCMP_ACT_ALLOW",
    "comment": "bpf: the collector loads its probes" } ] })",
    .source = "seccomp/default.json of moby/profiles; SL602",
    .check = &CheckDangerousWithoutComment,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
