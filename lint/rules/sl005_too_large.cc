#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckTooLarge(const Context& context) {
  auto findings = FromReader(context, schema::json::ProblemKind::kTooLarge);
  if (context.unresolved != nullptr && context.unresolved->code == schema::ErrorCode::kLimit) {
    const std::size_t begin = context.profile->syscalls_span->begin;
    findings.push_back({{begin, begin + 1},
                        context.unresolved->message,
                        "join rules into ranges or masks, or leave the decision to the program",
                        {},
                        {}});
  }
  return findings;
}

}  // namespace

extern const Rule kSL005{
    .id = "SL005",
    .name = "too-large",
    .severity = Severity::kError,
    .summary =
        "The file has more than 1 MiB, over 65536 values, arrays and objects nested more than 32 deep, "
        "or over 1024 rules for one call.",
    .why =
        "It is not read further, and so not checked. Kubernetes cannot store more than 1 MiB "
        "in an object, and a profile needs no more than 6 levels: something that is no "
        "profile has got into the file.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "comment": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ "deep" ]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" })",
    .source = "etcd, --max-request-bytes; RFC 8259, section 9: a parser may set limits",
    .check = &CheckTooLarge,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
