#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

std::vector<Finding> CheckUnknownArchitecture(const Context& context) {
  return FromParser(context, schema::profile::ProblemKind::kUnknownArchitecture);
}

}  // namespace

extern const Rule kSL105{
    .id = "SL105",
    .name = "unknown-architecture",
    .severity = Severity::kError,
    .summary = "A name in `architectures` or `archMap` is none of libseccomp's.",
    .why =
        "runc and crun refuse the profile when the container starts. Names are written "
        "SCMP_ARCH_X86_64; the short ones (amd64) belong into `includes.arches`.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["amd64"] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"] })",
    .source = "seccomp_arch_add(3)",
    .check = &CheckUnknownArchitecture,
};

}  // namespace lint::rules
