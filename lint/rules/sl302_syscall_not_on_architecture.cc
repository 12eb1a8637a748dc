#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "lint/rules/permissiveness.h"
#include "lint/rules/places.h"
#include "lint/rules/rule.h"
#include "schema/kernel/multiplexer.h"
#include "schema/policy/resolve.h"

namespace lint::rules {
namespace {

using schema::policy::ArchitecturePolicy;

bool HasCall(const Context& context, const std::string& name) {
  return std::ranges::any_of(context.policy->architectures, [&](const ArchitecturePolicy& part) {
    return schema::kernel::NumberOf(part.architecture, name) ||
           schema::kernel::FindMultiplexed(part.architecture, name);
  });
}

// "x86_64", "x86_64, x86 and x32".
std::string ArchitectureNames(const Context& context) {
  std::string names;
  const auto& parts = context.policy->architectures;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) names += i + 1 == parts.size() ? " and " : ", ";
    names += schema::kernel::Facts(parts[i].architecture).name;
  }
  return names;
}

// Names of rules that apply, in the order of the profile.
struct Names {
  std::vector<schema::Spanned<std::string>> absent;  // on all of the target's architectures
  bool any_present = false;

  void Add(const Context& context, const schema::Spanned<std::string>& name) {
    if (schema::kernel::FindSyscall(name.value) == nullptr) return;  // SL301, SL303
    if (HasCall(context, name.value)) {
      any_present = true;
    } else {
      absent.push_back(name);
    }
  }
};

// Alpha, SPARC or Itanium have these as system calls; elsewhere they are functions of the C library
// (arch/alpha/kernel/syscalls/syscall.tbl and arch/sparc/kernel/syscalls/syscall.tbl of Linux).
constexpr std::array kFunctionsElsewhere = {std::pair{"getdomainname", "uname"},
                                            std::pair{"getdtablesize", "prlimit64"},
                                            std::pair{"gethostname", "uname"}};

bool OnNoKnownArchitecture(const std::string& name) {
  return std::ranges::none_of(schema::kernel::Architectures(), [&](const auto& facts) {
    return schema::kernel::FindEntry(facts.architecture, name) != nullptr ||
           schema::kernel::FindMultiplexed(facts.architecture, name);
  });
}

std::string HelpFor(const std::vector<std::string>& words, bool denies_nothing) {
  std::string help;
  const auto add = [&help](const std::string& part) { help += (help.empty() ? "" : "; ") + part; };
  if (denies_nothing) {
    add("check what the call is named there: what it does may go by another name");
  }
  std::vector<std::string> foreign;
  std::ranges::copy_if(words, std::back_inserter(foreign), OnNoKnownArchitecture);
  if (!foreign.empty()) {
    add("only architectures that no profile can name, such as Alpha and SPARC, have " +
        Listed(foreign));
  }
  for (const auto& [function, call] : kFunctionsElsewhere) {
    if (std::ranges::find(foreign, function) == foreign.end()) continue;
    add(std::string("the C library's ") + function + " calls " + call);
  }
  return help;
}

Finding Absent(const Context& context, const Names& names, std::string_view effect,
               std::optional<Severity> severity) {
  std::vector<std::string> words;
  for (const auto& name : names.absent) {
    if (std::ranges::find(words, name.value) == words.end()) words.push_back(name.value);
  }
  const bool one = context.policy->architectures.size() == 1;
  return {names.absent.front().span,
          ArchitectureNames(context) + (one ? " has" : " have") + " no system call " +
              Listed(words) + ": " + std::string(effect),
          HelpFor(words, !severity),
          {},
          severity};
}

// At most two findings a profile, one for what it denies and one for the rest: lists name the calls
// of every architecture there is.
std::vector<Finding> CheckSyscallNotOnArchitecture(const Context& context) {
  if (context.policy == nullptr) return {};
  Names denied;
  Names others;
  for (const auto& [rule, index] : AppliedRules(context)) {
    const auto verdict = schema::policy::VerdictOf(*rule);
    if (!verdict) continue;
    const bool denies = Restricts(*verdict, context.policy->default_verdict);
    for (const auto& name : rule->AllNames()) (denies ? denied : others).Add(context, name);
  }
  std::vector<Finding> findings;
  if (!denied.absent.empty() && !denied.any_present) {
    findings.push_back(Absent(context, denied, "the profile denies nothing there", {}));
  } else {
    others.absent.insert(others.absent.begin(), denied.absent.begin(), denied.absent.end());
    std::ranges::sort(others.absent, {}, [](const auto& name) { return name.span.begin; });
  }
  if (!others.absent.empty()) {
    findings.push_back(Absent(context, others, "naming it has no effect there", Severity::kInfo));
  }
  return findings;
}

}  // namespace

extern const Rule kSL302{
    .id = "SL302",
    .name = "syscall-not-on-architecture",
    .severity = Severity::kWarning,
    .summary = "A rule names a call that none of the target's architectures has.",
    .why =
        "Such a name has no effect there. In a list for several architectures that is harmless, "
        "and only information, once for the profile. A profile that denies nothing but such calls "
        "denies nothing, and that is a warning: umount of x86 is umount2 on x86_64, and arm64 has "
        "no open but openat.",
    .bad = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["umount"], "action": "SCMP_ACT_ERRNO" } ] })",
    .good = R"({ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
  { "names": ["umount2"], "action": "SCMP_ACT_ERRNO" } ] })",
    .source = "syscalls(2); seccomp_syscall_resolve_name(3)",
    .check = &CheckSyscallNotOnArchitecture,
    .reads = Reads::kPolicy,
};

}  // namespace lint::rules
