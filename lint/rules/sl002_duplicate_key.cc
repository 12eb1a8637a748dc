#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckDuplicateKey(const Context& context) {
  return FromReader(context, schema::json::ProblemKind::kDuplicateKey);
}

}  // namespace

extern const Rule kSL002{
    .id = "SL002",
    .name = "duplicate-key",
    .severity = Severity::kError,
    .summary = "An object has the same key twice.",
    .why =
        "Engines keep the last of them and drop the others in silence: of two \"syscalls\" "
        "lists the first one has no effect at all. Keys are compared as they read after "
        "their escapes are decoded.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["read"], "action": "SCMP_ACT_ALLOW" } ],
  "syscalls": [ { "names": ["execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [ { "names": ["read", "execve"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "RFC 8259, section 4; encoding/json of Go, Unmarshal: the last value of a key counts",
    .check = &CheckDuplicateKey,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
