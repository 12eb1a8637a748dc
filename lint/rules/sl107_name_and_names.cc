#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckNameAndNames(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (!rule.name || rule.name->value.empty() || rule.names.empty()) continue;
    findings.push_back({rule.name->span,
                        "the rule has \"name\" " + Quoted(rule.name->value) +
                            " beside \"names\": Docker does not load the profile",
                        "write every system call of the rule into \"names\", and remove \"name\"",
                        {{Opening(*rule.names_span), "\"names\" is here"}},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL107{
    .id = "SL107",
    .name = "name-and-names",
    .severity = Severity::kError,
    .summary = "A rule has both `name` and `names`.",
    .why =
        "Docker does not load the profile: \"use either 'name' or 'names'\". `name` is the form of "
        "before 2016, for one system call.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "name": "execve", "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve", "read", "write"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp()",
    .check = &CheckNameAndNames,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
