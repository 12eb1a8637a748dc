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
        "runc refuses the profile when the container starts; crun does, too, but for a name "
        "without "
        "its prefix. Names are written SCMP_ARCH_X86_64; Docker's (amd64) belong into "
        "`includes.arches`.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["amd64"] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"] })",
    .source = "seccomp_arch_add(3)",
    .check = &CheckUnknownArchitecture,
    .reads = Reads::kProfile,
};

}  // namespace lint::rules
