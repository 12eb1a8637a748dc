#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckArchitecturesAndArchmap(const Context& context) {
  if (context.profile == nullptr) return {};
  const auto& architectures = context.profile->architectures;
  const auto& arch_map = context.profile->arch_map;
  if (!architectures || architectures->value.empty()) return {};
  if (!arch_map || arch_map->value.empty()) return {};
  return {{Opening(arch_map->span),
           "the profile has \"archMap\" beside \"architectures\": Docker does not load it",
           "keep \"archMap\" for a profile that is used on machines of several kinds, else "
           "\"architectures\"",
           {{Opening(architectures->span), "\"architectures\" is here"}},
           {}}};
}

}  // namespace

extern const Rule kSL108{
    .id = "SL108",
    .name = "architectures-and-archmap",
    .severity = Severity::kError,
    .summary = "A profile has both `architectures` and `archMap`.",
    .why =
        "Docker does not load the profile: \"use either 'architectures' or 'archMap'\". "
        "`architectures` holds on every machine; of `archMap` the entry counts that is about the "
        "machine's own architecture.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "archMap": [
    { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "archMap": [
    { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] } ] })",
    .source = "seccomp/seccomp_linux.go of moby/profiles, setupSeccomp()",
    .check = &CheckArchitecturesAndArchmap,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
