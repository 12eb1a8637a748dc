#include "lint/rules/rule.h"
#include "schema/policy/condition.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckArgIndexRange(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    for (const schema::profile::Argument& argument : rule.args) {
      if (!argument.index || argument.index->value < schema::policy::kArguments) continue;
      findings.push_back({argument.index->span,
                          "argument index " + std::to_string(argument.index->value) +
                              " is out of range: runc and crun refuse the profile",
                          "a system call has six arguments, counted from 0 to 5",
                          {},
                          {}});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL111{
    .id = "SL111",
    .name = "arg-index-range",
    .severity = Severity::kError,
    .summary = "An argument condition has an index above 5.",
    .why =
        "A system call has at most six arguments, the first of which is 0. runc and crun refuse "
        "the profile when the container starts.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 6, "value": 4096, "op": "SCMP_CMP_GE" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 5, "value": 4096, "op": "SCMP_CMP_GE" }] } ] })",
    .source = "syscall(2); seccomp_rule_add(3); src/libcrun/seccomp.c of crun",
    .check = &CheckArgIndexRange,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
