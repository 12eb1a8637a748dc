#include <cctype>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/capability.h"
#include "schema/kernel/suggestion.h"

namespace lint::rules {
namespace {

using schema::profile::Conditions;

// "sys_admin" and "cap_sys_admin" as "CAP_SYS_ADMIN", if it is one, else the nearest name.
std::string Suggestion(std::string_view name) {
  std::string upper;
  for (const char c : name) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (!upper.starts_with("CAP_")) upper.insert(0, "CAP_");
  return schema::kernel::DidYouMean(upper, schema::kernel::CapabilityNames());
}

void CheckConditions(const Conditions& conditions, std::string_view effect,
                     std::vector<Finding>& findings) {
  for (const auto& cap : conditions.caps) {
    if (schema::kernel::ParseCapability(cap.value)) continue;
    findings.push_back({cap.span,
                        Quoted(cap.value) + " is no capability, so no container has it: " +
                            std::string(effect) + Suggestion(cap.value),
                        "write the kernel's name, such as \"CAP_SYS_ADMIN\", in capital letters",
                        {},
                        {}});
  }
}

std::vector<Finding> CheckUnknownCapability(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (rule.includes) CheckConditions(*rule.includes, "this rule never applies", findings);
    if (rule.excludes) CheckConditions(*rule.excludes, "it excludes nothing", findings);
  }
  return findings;
}

}  // namespace

extern const Rule kSL114{
    .id = "SL114",
    .name = "unknown-capability",
    .severity = Severity::kError,
    .summary = "A name in `includes.caps` or `excludes.caps` is no capability.",
    .why =
        "Engines compare the name with those of the container's bounding set, letter by letter. "
        "One that is not the kernel's is never among them: a rule that includes it never applies, "
        "a rule that excludes it always does, and nobody complains.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_ERRNO",
    "excludes": { "caps": ["SYS_ADMIN"] } } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mount"], "action": "SCMP_ACT_ERRNO",
    "excludes": { "caps": ["CAP_SYS_ADMIN"] } } ] })",
    .source = "capabilities(7); seccomp/seccomp_linux.go of moby/profiles, setupSeccomp()",
    .check = &CheckUnknownCapability,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
