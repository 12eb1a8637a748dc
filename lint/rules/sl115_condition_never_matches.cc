#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/architecture.h"
#include "schema/kernel/suggestion.h"

namespace lint::rules {
namespace {

using schema::profile::Conditions;

std::string Suggestion(std::string_view name) {
  if (const auto architecture = schema::kernel::FromAnyName(name)) {
    return ", did you mean " + Quoted(schema::kernel::Facts(*architecture).docker_name) + "?";
  }
  std::vector<std::string_view> known;
  for (const auto& facts : schema::kernel::Architectures()) known.push_back(facts.docker_name);
  return schema::kernel::DidYouMean(name, known);
}

void CheckConditions(const Conditions& conditions, std::string_view effect,
                     std::vector<Finding>& findings) {
  for (const auto& arch : conditions.arches) {
    if (schema::kernel::IsDockerArchName(arch.value)) continue;
    findings.push_back({arch.span,
                        "no engine calls an architecture " + Quoted(arch.value) + ": " +
                            std::string(effect) + Suggestion(arch.value),
                        "conditions take Docker's names: amd64, x86, x32, arm64, arm, ppc64le, "
                        "riscv64, s390x; the long ones belong into \"architectures\"",
                        {},
                        {}});
  }
}

std::vector<Finding> CheckConditionNeverMatches(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (rule.includes) CheckConditions(*rule.includes, "it includes nothing", findings);
    if (rule.excludes) CheckConditions(*rule.excludes, "it excludes nothing", findings);
  }
  return findings;
}

}  // namespace

extern const Rule kSL115{
    .id = "SL115",
    .name = "condition-never-matches",
    .severity = Severity::kError,
    .summary = "A name in `includes.arches` or `excludes.arches` is none that engines compare.",
    .why =
        "Docker compares the name with its own word for the machine: amd64, not x86_64 and not "
        "SCMP_ARCH_X86_64. Another one never matches: a rule that includes it alone never "
        "applies, a rule that excludes it always does, and nobody complains.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW",
    "includes": { "arches": ["x86_64"] } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW",
    "includes": { "arches": ["amd64"] } } ] })",
    .source = "seccomp/seccomp_linux.go of moby/profiles, goToNative",
    .check = &CheckConditionNeverMatches,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
