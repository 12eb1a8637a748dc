#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/hex.h"

namespace lint::rules {
namespace {

using schema::kernel::Operator;
using schema::profile::Argument;

constexpr std::uint64_t kMost = 0xFFFFFFFF;  // of an argument on a 32-bit ABI

// The first 32-bit ABI of the policy that has one of the rule's calls as a call of its own: the
// arguments of others are not looked at.
const schema::kernel::ArchitectureFacts* NarrowArchitecture(const Context& context,
                                                            const schema::profile::Rule& rule) {
  for (const auto& part : context.policy->architectures) {
    const auto& facts = schema::kernel::Facts(part.architecture);
    if (!facts.long_is_32_bits) continue;
    for (const auto& name : rule.AllNames()) {
      if (schema::kernel::NumberOf(part.architecture, name.value)) return &facts;
    }
  }
  return nullptr;
}

// The number that matters: of a mask the upper bits do not, since they meet zeros.
const schema::Spanned<std::uint64_t>* TooWide(const Argument& argument) {
  const bool masked = argument.op && argument.op->value == Operator::kMaskedEqual;
  const auto& compared = masked ? argument.value_two : argument.value;
  return compared && compared->value > kMost ? &*compared : nullptr;
}

std::vector<Finding> CheckValueTooWide(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& [rule, index] : AppliedRules(context)) {
    const auto* narrow = NarrowArchitecture(context, *rule);
    if (narrow == nullptr) continue;
    for (const Argument& argument : rule->args) {
      const auto* wide = TooWide(argument);
      if (wide == nullptr) continue;
      findings.push_back({wide->span,
                          schema::Hex(wide->value) +
                              " does not fit the arguments of a 32-bit architecture that is "
                              "included: libseccomp cuts it to " +
                              schema::Hex(wide->value & kMost) +
                              " there, so that the rule matches other calls",
                          "leave the 32-bit architectures out of this profile, or write a number "
                          "within 32 bits",
                          {},
                          {}});
    }
  }
  return findings;
}

}  // namespace

extern const Rule kSL609{
    .id = "SL609",
    .name = "value-too-wide",
    .severity = Severity::kError,
    .summary = "A number beyond 32 bits, where a 32-bit architecture is included.",
    .why =
        "Arguments of x86, arm and x32 have 32 bits. libseccomp cuts the number to its low half "
        "there, in silence: a rule about lengths from 0x100000000 on becomes one about lengths "
        "from 0 on.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["write"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 2, "value": 4294967296, "op": "SCMP_CMP_GE" }] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["write"], "action": "SCMP_ACT_ERRNO",
    "args": [{ "index": 2, "value": 4294967295, "op": "SCMP_CMP_GE" }] } ] })",
    .source = "observed with libseccomp 2.5.4 and 2.6.1; syscall(2)",
    .check = &CheckValueTooWide,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
