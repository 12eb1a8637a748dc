#include <algorithm>
#include <iterator>
#include <string>

#include "lint/rules/places.h"
#include "lint/rules/problems.h"

namespace lint::rules {
namespace {

// db_col_db_add() in src/db.c of libseccomp, which our isolator does without: EDOM.
std::vector<Finding> OfAnotherByteOrder(const Context& context) {
  if (context.target.engine == schema::kernel::Engine::kIsolator) return {};
  const auto& own = schema::kernel::Facts(context.target.architecture);
  std::vector<Finding> findings;
  for (const auto& item : OtherArchitectures(context)) {
    const auto& other = schema::kernel::Facts(item.value);
    if (other.big_endian == own.big_endian) continue;
    findings.push_back({item.span,
                        std::string(other.scmp_name) + " has another byte order than " +
                            std::string(own.name) +
                            ", and libseccomp makes no filter for both: the container does not "
                            "start",
                        "remove it; Docker's \"archMap\" has a list for each kind of machine",
                        {},
                        {}});
  }
  return findings;
}

std::vector<Finding> CheckUnknownArchitecture(const Context& context) {
  auto findings = FromParser(context, schema::profile::ProblemKind::kUnknownArchitecture);
  std::ranges::move(OfAnotherByteOrder(context), std::back_inserter(findings));
  return findings;
}

}  // namespace

extern const Rule kSL105{
    .id = "SL105",
    .name = "unknown-architecture",
    .severity = Severity::kError,
    .summary =
        "A name in `architectures` or `archMap` is none of libseccomp's, or none that it takes "
        "beside the target's.",
    .why =
        "runc refuses the profile when the container starts; crun does, too, but for a name "
        "without its prefix. Both refuse architectures of different byte orders, such as x86_64 "
        "and s390x, in one list, since libseccomp makes no filter for both. Names are written "
        "SCMP_ARCH_X86_64; Docker's (amd64) belong into `includes.arches`.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["amd64"] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"] })",
    .source = "seccomp_arch_add(3); src/db.c of libseccomp, db_col_db_add()",
    .check = &CheckUnknownArchitecture,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
