#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/filter_flag.h"
#include "schema/kernel/suggestion.h"

namespace lint::rules {
namespace {

std::string Help(std::string_view name) {
  constexpr std::string_view kPrefix = "SECCOMP_FILTER_FLAG_";
  std::vector<std::string_view> known;
  std::string list = "known:";
  for (const auto& flag : schema::kernel::FilterFlags()) {
    known.push_back(flag.name);
    list += " " + std::string(flag.name);
  }
  std::string_view nearest = schema::kernel::Nearest(name, known);
  if (nearest.empty()) {
    nearest = schema::kernel::Nearest(std::string(kPrefix) + std::string(name), known);
  }
  return nearest.empty() ? list : "did you mean " + Quoted(nearest) + "?";
}

std::vector<Finding> CheckUnknownFlag(const Context& context) {
  if (context.profile == nullptr) return {};
  std::vector<Finding> findings;
  for (const auto& flag : context.profile->flags) {
    if (schema::kernel::FindFilterFlag(flag.value) != nullptr) continue;
    findings.push_back(
        {flag.span,
         Quoted(flag.value) + " is no flag of seccomp(2): runc and crun refuse the profile",
         Help(flag.value),
         {},
         {}});
  }
  const auto& flags = context.profile->flags;
  if (findings.empty() && !flags.empty() && context.target.engine == schema::kernel::Engine::kOci) {
    findings.push_back({flags.front().span,
                        "runc before 1.2 knows no flag and does not start the container; crun does",
                        "leave \"flags\" out where the profile is for such a runc, too",
                        {},
                        Severity::kInfo});
  }
  return findings;
}

}  // namespace

extern const Rule kSL117{
    .id = "SL117",
    .name = "unknown-flag",
    .severity = Severity::kError,
    .summary = "A name in `flags` is no flag of seccomp(2).",
    .why =
        "runc and crun refuse the profile when the container starts. runc before 1.2 refuses every "
        "flag (\"seccomp flags are not yet supported by runc\"), which is told for the engine oci.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOGS"] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"] })",
    .source =
        "seccomp(2); libcontainer/seccomp/seccomp_linux.go of runc, setFlag(); "
        "src/libcrun/seccomp.c of crun, libcrun_apply_seccomp()",
    .check = &CheckUnknownFlag,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
