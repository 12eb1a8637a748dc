#include <algorithm>
#include <array>
#include <utility>

#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/syscall.h"

namespace lint::rules {
namespace {

using enum schema::kernel::Architecture;
using schema::kernel::Architecture;

// The ABIs whose programs a kernel of the first runs, too: CONFIG_COMPAT of arch/*/Kconfig. Not
// x32, which distributions' kernels have off unless booted with syscall.x32=y.
constexpr std::array kCompat = {
    std::pair{kX86_64, kX86},      std::pair{kAarch64, kArm},
    std::pair{kS390x, kS390},      std::pair{kPpc64, kPpc},
    std::pair{kMips64, kMips},     std::pair{kMips64, kMips64n32},
    std::pair{kMipsel64, kMipsel}, std::pair{kMipsel64, kMipsel64n32},
    std::pair{kParisc64, kParisc},
};

// Whether the kernel has the ABI still: that of s390 was removed, with all its calls.
bool IsServed(Architecture compat, schema::kernel::KernelVersion kernel) {
  const auto* execve = schema::kernel::FindEntry(compat, "execve");
  return execve != nullptr && execve->In(kernel);
}

std::vector<Architecture> Missing(const Context& context) {
  std::vector<Architecture> missing;
  for (const auto& [native, compat] : kCompat) {
    if (native != context.target.architecture || context.policy->Find(compat) != nullptr) continue;
    if (IsServed(compat, context.target.kernel)) missing.push_back(compat);
  }
  return missing;
}

bool NamesArchitectures(const schema::profile::Profile& profile) {
  return (profile.architectures && !profile.architectures->value.empty()) ||
         (profile.arch_map && !profile.arch_map->value.empty());
}

// Where the profile includes the target's own architecture; std::nullopt: it does not (SL307).
std::optional<schema::Span> OwnArchitecture(const Context& context) {
  const auto& profile = *context.profile;
  if (profile.architectures) {
    for (const auto& item : profile.architectures->value) {
      if (item.value == context.target.architecture) return item.span;
    }
  }
  if (profile.arch_map) {
    for (const auto& entry : profile.arch_map->value) {
      if (!entry.architecture || entry.architecture->value != context.target.architecture) continue;
      return entry.architecture->span;
    }
  }
  return std::nullopt;
}

// mmap2, stat64: whoever names it means 32-bit programs.
bool Is32BitCall(Architecture compat, const std::string& name) {
  if (schema::kernel::FindEntry(compat, name) == nullptr) return false;
  return std::ranges::none_of(schema::kernel::Architectures(), [&](const auto& facts) {
    return !facts.long_is_32_bits && schema::kernel::FindEntry(facts.architecture, name) != nullptr;
  });
}

std::optional<schema::Span> First32BitCall(const Context& context, Architecture compat) {
  for (const auto& [rule, index] : AppliedRules(context)) {
    for (const auto& name : rule->AllNames()) {
      if (Is32BitCall(compat, name.value)) return name.span;
    }
  }
  return std::nullopt;
}

std::vector<Finding> CheckCompatAbiKilled(const Context& context) {
  if (context.policy == nullptr || !context.profile->complete) return {};
  const std::vector<Architecture> missing = Missing(context);
  if (missing.empty()) return {};
  const auto place = NamesArchitectures(*context.profile)
                         ? OwnArchitecture(context)
                         : First32BitCall(context, missing.front());
  if (!place) return {};
  std::vector<std::string> names;
  std::vector<std::string> scmp_names;
  for (const Architecture architecture : missing) {
    names.emplace_back(schema::kernel::Facts(architecture).name);
    scmp_names.emplace_back(schema::kernel::Facts(architecture).scmp_name);
  }
  return {{*place,
           "programs of " + Listed(names) + ", which a machine of " +
               std::string(schema::kernel::Facts(context.target.architecture).name) +
               " runs, too, are not included: the filter kills them at their first call",
           "if they shall run, include " + Listed(scmp_names),
           {},
           {}}};
}

}  // namespace

extern const Rule kSL306{
    .id = "SL306",
    .name = "compat-abi-killed",
    .severity = Severity::kInfo,
    .summary = "32-bit programs, which the target runs beside its own, are not included.",
    .why =
        "A filter kills a call of an architecture that it does not include, whatever the default "
        "action is: with SCMP_ACT_ALLOW, too. So do profiles that name no architecture at all, "
        "which include the target's own alone; of them the rule speaks where they name calls that "
        "32-bit programs alone have. Killing them may be what was meant: fewer ways into the "
        "kernel.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"] }
--target arch=amd64)",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] }
--target arch=amd64)",
    .source = "seccomp_arch_add(3); seccomp_attr_set(3), SCMP_FLTATR_ACT_BADARCH; seccomp(2)",
    .check = &CheckCompatAbiKilled,
    .reads = Reads::kTarget,
    .from_absence = true,
};

}  // namespace lint::rules
