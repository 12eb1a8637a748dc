#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckInexactNumber(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kInexactNumber);
}

}  // namespace

extern const Rule kSL006{
    .id = "SL006",
    .name = "inexact-number",
    .severity = Severity::kError,
    .summary = "A number is no whole number from 0 to 2^64-1.",
    .why =
        "Engines read the numbers of a profile as unsigned 64-bit integers: Docker does not "
        "load a profile with a fraction, an exponent, a sign or more digits than fit. A "
        "negative number is written as the unsigned one with the same bits.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": -1, "op": "SCMP_CMP_EQ" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["personality"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ" }] } ] })",
    .source = "seccomp_rule_add(3), scmp_datum_t; encoding/json of Go, UnmarshalTypeError",
    .check = &CheckInexactNumber,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
