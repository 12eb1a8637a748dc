#include <algorithm>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

using schema::kernel::Architecture;
using schema::kernel::Operator;
using schema::policy::ArchitecturePolicy;

// CLONE_NEW* of linux/sched.h that clone takes: NS, CGROUP, UTS, IPC, USER, PID, NET.
constexpr std::uint64_t kNamespaceFlags = 0x7E020000;

// CONFIG_CLONE_BACKWARDS2 of arch/s390/Kconfig: clone(stack, flags, ...).
bool StackComesFirst(Architecture architecture) {
  return architecture == Architecture::kS390 || architecture == Architecture::kS390x;
}

bool IsOnClone(const schema::profile::Rule& rule) {
  return std::ranges::any_of(rule.AllNames(),
                             [](const auto& name) { return name.value == "clone"; });
}

bool MasksNamespaces(const schema::profile::Argument& argument) {
  return argument.op && argument.op->value == Operator::kMaskedEqual && argument.value &&
         (argument.value->value & kNamespaceFlags) != 0;
}

// Whether an included architecture takes the new stack as this argument.
bool IsStackSomewhere(const Context& context, std::uint64_t index) {
  return std::ranges::any_of(context.policy->architectures, [&](const ArchitecturePolicy& part) {
    return index == (StackComesFirst(part.architecture) ? 0U : 1U);
  });
}

std::vector<Finding> CheckCloneFlagsOrder(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& [rule, rule_index] : AppliedRules(context)) {
    if (!IsOnClone(*rule)) continue;
    for (const auto& argument : rule->args) {
      if (!argument.index || !MasksNamespaces(argument)) continue;
      if (!IsStackSomewhere(context, argument.index->value)) continue;
      const bool first = argument.index->value == 0;
      findings.push_back(
          {argument.index->span,
           std::string("argument ") + (first ? "0" : "1") + " of clone is the new stack" +
               (first ? " on s390 and s390x, and the flags are argument 1"
                      : ", and the flags are argument 0, but for s390 and s390x") +
               ": this mask checks an address that the caller chooses, and no flag",
           first ? "exclude s390 and s390x from this rule, and add one that includes them with "
                   "index 1"
                 : "write index 0, or include s390 and s390x alone in this rule",
           {},
           {}});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL605{
    .id = "SL605",
    .name = "clone-flags-order",
    .severity = Severity::kError,
    .summary = "A mask for the flags of clone is laid on its stack pointer.",
    .why =
        "clone takes the flags as argument 0 and the new stack as argument 1, but on s390 and "
        "s390x the other way round. A mask on the wrong one looks at bits of an address, which "
        "the caller chooses: namespaces that should be denied can be made.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] } ] }
--target arch=s390x)",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
  { "names": ["execve"], "action": "SCMP_ACT_ALLOW" },
  { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ],
    "excludes": { "arches": ["s390", "s390x"] } },
  { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
    { "index": 1, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ],
    "includes": { "arches": ["s390", "s390x"] } } ] }
--target arch=s390x)",
    .source = "clone(2), \"C library/kernel differences\"; CONFIG_CLONE_BACKWARDS2 of Linux",
    .check = &CheckCloneFlagsOrder,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
