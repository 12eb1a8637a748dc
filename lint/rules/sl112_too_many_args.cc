#include "lint/rules/rule.h"
#include "schema/policy/condition.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckTooManyArgs(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const schema::profile::Rule& rule : context.profile->syscalls) {
    if (rule.args.size() <= schema::policy::kArguments) continue;
    const schema::Span seventh = rule.args[schema::policy::kArguments].span;
    findings.push_back({{seventh.begin, seventh.begin + 1},
                        "the rule has " + std::to_string(rule.args.size()) +
                            " argument conditions: crun drops those after the sixth, runc makes a "
                            "rule of each one, so that any of them suffices",
                        "one condition for each of the six arguments; split the rule where one of "
                        "several should suffice",
                        {},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL112{
    .id = "SL112",
    .name = "too-many-args",
    .severity = Severity::kError,
    .summary = "A rule has more than six argument conditions.",
    .why =
        "A system call has six arguments, so that seven conditions are about one of them twice. "
        "crun reads the first six and drops the others; runc turns each condition into a rule of "
        "its own, and the call matches as soon as one of them holds.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ERRNO", "args": [
    { "index": 0, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 1, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 2, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 3, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 4, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 5, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 5, "value": 2, "op": "SCMP_CMP_EQ" }
  ] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["mmap"], "action": "SCMP_ACT_ERRNO", "args": [
    { "index": 0, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 1, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 2, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 3, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 4, "value": 1, "op": "SCMP_CMP_EQ" },
    { "index": 5, "value": 1, "op": "SCMP_CMP_EQ" }
  ] } ] })",
    .source =
        "src/libcrun/seccomp.c of crun, libcrun_generate_seccomp(); "
        "libcontainer/seccomp/seccomp_linux.go of runc, matchCall()",
    .check = &CheckTooManyArgs,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
