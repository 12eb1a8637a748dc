#include "lint/rules/places.h"
#include "lint/rules/rule.h"

namespace lint::rules {
namespace {

constexpr schema::kernel::KernelVersion kFirst{3, 5};  // seccomp(2), SECCOMP_SET_MODE_FILTER

std::vector<Finding> CheckKernelWithoutFilters(const Context& context) {
  if (context.profile == nullptr || context.target.kernel >= kFirst) return {};
  return {{Opening(context.profile->span),
           "Linux " + ToString(context.target.kernel) +
               " has no seccomp filters: no engine can apply a profile there",
           "Linux has them since " + ToString(kFirst),
           {},
           {}}};
}

}  // namespace

extern const Rule kSL201{
    .id = "SL201",
    .name = "kernel-without-filters",
    .severity = Severity::kError,
    .summary = "The target's kernel has no seccomp filters.",
    .why =
        "Filters came with Linux 3.5. On an older kernel a container with a profile does not "
        "start, or runs without its filter.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target kernel=3.2)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW" }
--target kernel=3.10)",
    .source = "seccomp(2)",
    .check = &CheckKernelWithoutFilters,
};

}  // namespace lint::rules
