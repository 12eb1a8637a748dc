#include <algorithm>

#include "lint/rules/horizon.h"
#include "lint/rules/outcome.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/sibling_syscalls.h"

namespace lint::rules {
namespace {

using schema::kernel::Architecture;
using schema::kernel::NumberOf;
using schema::kernel::Sibling;
using schema::policy::ArchitecturePolicy;

// What is missing on one 32-bit ABI, and whether any of its siblings is there.
struct Siblings {
  std::vector<const Sibling*> missing;
  bool any_present = false;
};

// Whether the call passes on the architecture or, where that has none of the name (x86 has no
// newfstatat), on the target's.
bool IsAllowed(const Context& context, const ArchitecturePolicy& part, std::string_view call) {
  const auto& own = context.policy->architectures.front();
  return PassesSomehow(*context.policy, NumberOf(part.architecture, call) ? part : own, call);
}

void Add(const Context& context, const ArchitecturePolicy& part, const Sibling& pair,
         Siblings& siblings) {
  const auto number = NumberOf(part.architecture, pair.sibling);
  if (!number) return;
  if (PassesSomehow(*context.policy, part, pair.sibling)) {
    siblings.any_present = true;
  } else if (part.Find(*number) == nullptr && IsAllowed(context, part, pair.call)) {
    siblings.missing.push_back(&pair);
  }
}

Siblings SiblingsOf(const Context& context, const ArchitecturePolicy& part) {
  Siblings siblings;
  for (const Sibling& pair : schema::kernel::WideSiblings()) Add(context, part, pair, siblings);
  // After an error the C library may try the older call: SL606.
  if (context.policy->default_verdict.action == schema::kernel::Action::kErrno) return siblings;
  for (const Sibling& pair : schema::kernel::Time64Siblings()) Add(context, part, pair, siblings);
  return siblings;
}

// Where the profile includes the architecture; std::nullopt: it is the target's own.
std::optional<schema::Span> InclusionSpan(const Context& context, Architecture architecture) {
  const schema::profile::Profile& profile = *context.profile;
  const auto find = [&](const auto& list) -> std::optional<schema::Span> {
    for (const auto& item : list) {
      if (item.value == architecture) return item.span;
    }
    return std::nullopt;
  };
  if (profile.architectures) {
    if (const auto span = find(profile.architectures->value)) return span;
  }
  if (!profile.arch_map) return std::nullopt;
  for (const auto& entry : profile.arch_map->value) {
    if (!entry.architecture) continue;
    if (entry.architecture->value == architecture && context.target.architecture == architecture) {
      return entry.architecture->span;
    }
    if (entry.architecture->value != context.target.architecture) continue;
    if (const auto span = find(entry.subarchitectures)) return span;
  }
  return std::nullopt;
}

// The first name of the profile that one of the siblings is missing for.
schema::Span FirstNameSpan(const Context& context, const Siblings& siblings) {
  for (const auto& [rule, index] : AppliedRules(context)) {
    for (const auto& name : rule->AllNames()) {
      for (const Sibling* pair : siblings.missing) {
        if (pair->call == name.value) return name.span;
      }
    }
  }
  return context.profile->default_action->span;
}

Finding Missing(const Context& context, const ArchitecturePolicy& part, const Siblings& siblings) {
  const bool own = &part == &context.policy->architectures.front();
  const std::string where =
      own ? "" : " on " + std::string(schema::kernel::Facts(part.architecture).name);
  const schema::Span first_name = FirstNameSpan(context, siblings);
  // Without mmap2 not even a library is loaded: nobody has tried.
  if (!siblings.any_present && siblings.missing.front()->sibling == "mmap2") {
    return {InclusionSpan(context, part.architecture).value_or(first_name),
            "no 32-bit program can run" + where +
                ": the profile does not allow mmap2 and others that its C library calls",
            own ? "name mmap2 beside mmap, fstat64 beside fstat and so on"
                : "leave the architecture out of the profile, or name mmap2 beside mmap and so on",
            {},
            own ? std::nullopt : std::optional(Severity::kInfo)};
  }
  std::vector<std::string> words;
  for (const Sibling* pair : siblings.missing) {
    words.push_back(std::string(pair->sibling) + " (for " + std::string(pair->call) + ")");
  }
  return {first_name,
          "the C library of 32-bit programs makes other calls" + where +
              ", which the profile does not allow: " + Listed(words),
          "name them beside those that they stand for" +
              std::string(own ? "" : ", or leave the architecture out of the profile"),
          {},
          {}};
}

std::vector<Finding> CheckMissingSibling(const Context& context) {
  if (context.policy == nullptr) return {};
  std::vector<Finding> findings;
  for (const ArchitecturePolicy& part : context.policy->architectures) {
    if (!schema::kernel::Facts(part.architecture).long_is_32_bits) continue;
    const Siblings siblings = SiblingsOf(context, part);
    if (!siblings.missing.empty()) findings.push_back(Missing(context, part, siblings));
  }
  return findings;
}

}  // namespace

extern const Rule kSL305{
    .id = "SL305",
    .name = "missing-sibling",
    .severity = Severity::kWarning,
    .summary = "A call is allowed, but not the one that 32-bit programs make instead of it.",
    .why =
        "32-bit ABIs have several calls twice, and the C library uses the wider one: mmap2 for "
        "mmap(3), fstat64, _llseek, getuid32. A list taken down on x86_64 lacks them, and where it "
        "includes x86 or arm as well, programs of these fail or die at their start. A profile "
        "without any of them is only informed: whoever does not want 32-bit programs leaves the "
        "architecture out, which makes the kernel's reach smaller, too.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["execve", "fstat", "fstat64", "mmap"], "action": "SCMP_ACT_ALLOW" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
  { "names": ["execve", "fstat", "fstat64", "mmap", "mmap2"], "action": "SCMP_ACT_ALLOW" } ] })",
    .source = "syscalls(2); mmap2(2), stat(2), getuid(2), fcntl(2): C library/kernel differences",
    .check = &CheckMissingSibling,
    .reads = Reads::kPolicy,
    .from_absence = true,
};

}  // namespace lint::rules
